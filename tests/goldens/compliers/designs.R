# Goldens for trials with non-compliance in pairs, with known probabilities and with weights. Usage: Rscript designs.R
# Tables are generated here: y outcome, z assigned, d received; pair, cluster, x covariate, w sampling weight, f frequency
# and p probability of assignment where there are any.
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
source(file.path(folder, "..", "common.R"))
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
write_table <- function(data, name) {
  path <- file.path(folder, paste0(name, ".csv"))
  write.csv(data, path, row.names = FALSE, quote = FALSE)
  read.csv(path)
}
received <- function(z, type) ifelse(type == "always", 1, ifelse(type == "never", 0, z))
types <- function(n, shares) sample(c("always", "complier", "never"), n, TRUE, shares)

set.seed(20190201)
pairs <- 22
first <- sample(0:1, pairs, TRUE)
level <- rnorm(pairs, 10, 2)
pairs_table <- data.frame(pair = rep(paste0("p", seq_len(pairs)), each = 2), z = c(rbind(first, 1 - first)))
type <- types(2 * pairs, c(0.1, 0.65, 0.25))
pairs_table$d <- received(pairs_table$z, type)
pairs_table$y <- decimals(rep(level, each = 2) - (type == "never") + 2 * pairs_table$d + rnorm(2 * pairs))
pairs_table <- write_table(pairs_table, "pairs")

set.seed(20190202)
pairs <- 9
sizes <- c(4, 6, 5, 7, 8, 3, 6, 5, 9, 4, 7, 6, 3, 8, 5, 5, 6, 4)
first <- sample(0:1, pairs, TRUE)
arm <- c(rbind(first, 1 - first))
level <- rep(rnorm(pairs, 5, 1), each = 2)
paired_clusters_table <- do.call(rbind, lapply(seq_along(sizes), function(g) {
  type <- types(sizes[g], c(0.05, 0.7, 0.25))
  d <- received(arm[g], type)
  data.frame(pair = paste0("p", (g + 1) %/% 2), cluster = paste0("g", g), z = arm[g], d = d,
             y = decimals(level[g] - (type == "never") + 1.5 * d + rnorm(1, 0, 0.4) + rnorm(sizes[g])))
}))
paired_clusters_table <- write_table(paired_clusters_table, "paired_clusters")

set.seed(20190203)
n <- 70
weighted_table <- data.frame(x = decimals(rnorm(n, 2, 1)), w = decimals(runif(n, 0.5, 4), 2),
                             f = sample(1:4, n, TRUE), p = decimals(runif(n, 0.25, 0.7), 2))
weighted_table$z <- as.numeric(runif(n) < weighted_table$p)
type <- types(n, c(0.1, 0.7, 0.2))
weighted_table$d <- received(weighted_table$z, type)
weighted_table$y <- decimals(6 + weighted_table$x - (type == "never") + (1 + weighted_table$w / 4) * weighted_table$d + rnorm(n))
weighted_table <- write_table(weighted_table, "weighted")

set.seed(20190204)
sizes <- c(5, 8, 4, 7, 6, 9, 3, 6, 5, 7, 8, 4, 6, 5)
arm <- sample(rep(1:0, each = 7))
weighted_clusters_table <- do.call(rbind, lapply(seq_along(sizes), function(g) {
  type <- types(sizes[g], c(0.05, 0.7, 0.25))
  d <- received(arm[g], type)
  data.frame(cluster = paste0("g", g), z = arm[g], w = decimals(runif(sizes[g], 0.5, 3), 2), d = d,
             y = decimals(4 - (type == "never") + 1.5 * d + rnorm(1, 0, 0.4) + rnorm(sizes[g])))
}))
weighted_clusters_table <- write_table(weighted_clusters_table, "weighted_clusters")

# The effect of assignment on an outcome by estimatr's estimator of the design: estimate, standard error, p.
nulls <- list(difference = c(-3, -0.5, 0, 1.5, 4), ratio = c(0.6, 0.9, 1, 1.2, 1.8))
by_design <- function(data, effect) {
  on <- function(outcome) {
    data$pseudo <- outcome
    fit <- effect(data)
    list(estimate = unname(fit$coefficients[1]), std_error = unname(fit$std.error[1]), p = unname(fit$p.value[1]),
         df = unname(fit$df[1]))
  }
  y <- on(data$y)
  d <- on(data$d)
  u <- on(data$y * data$d)
  tau <- y$estimate / d$estimate
  p_difference <- function(null) on(data$y - null * data$d)$p
  p_ratio <- function(null) on(data$y * data$d + null * data$y * (1 - data$d))$p
  ends <- function(level) {
    grid <- seq(-60, 60, by = 0.5) + 0.013
    kept <- function(null) p_difference(null) - (1 - level)
    values <- sapply(grid, kept)
    at <- which(values[-1] * values[-length(values)] < 0)
    I(sapply(at, function(i) uniroot(kept, grid[i + 0:1], tol = 1e-14)$root))
  }
  list(treated_mean = u$estimate / d$estimate, counterfactual_mean = (u$estimate - y$estimate) / d$estimate,
       estimate = tau, std_error = on(data$y - tau * data$d)$std_error / d$estimate, df = y$df,
       compliers = d$estimate, effective_f = (d$estimate / d$std_error)^2, nulls = nulls,
       p_difference = sapply(nulls$difference, p_difference), p_ratio = sapply(nulls$ratio, p_ratio),
       set80 = ends(0.8), set95 = ends(0.95))
}

# estimatr's two-stage least squares, weighted, and the robust F of its first stage.
instrumented <- function(data, right, weight, types, cluster = NULL) {
  data$weight <- weight
  data$group <- if (is.null(cluster)) seq_len(nrow(data)) else cluster
  two_stage <- as.formula(paste("y ~ d", right, "| z", right))
  first_stage <- as.formula(paste("d ~ z", right))
  out <- lapply(types, function(type) {
    if (is.null(cluster)) {
      fit <- iv_robust(two_stage, data, weights = weight, se_type = type)
      first <- lm_robust(first_stage, data, weights = weight, se_type = type)
    } else {
      fit <- iv_robust(two_stage, data, weights = weight, clusters = group, se_type = type)
      first <- lm_robust(first_stage, data, weights = weight, clusters = group, se_type = type)
    }
    c(term(fit, "d"), list(effective_f = unname(first$statistic["z"])^2))
  })
  names(out) <- types
  out
}

hc <- c("HC0", "HC1", "HC2", "HC3")
data <- weighted_table
inverse <- with(data, ifelse(z == 1, 1 / p, 1 / (1 - p)))
repeated <- data[rep(seq_len(nrow(data)), data$f), ]
out <- list(
  pairs = by_design(pairs_table, function(data) difference_in_means(pseudo ~ z, blocks = pair, data = data)),
  paired_clusters = by_design(paired_clusters_table, function(data)
    difference_in_means(pseudo ~ z, blocks = pair, clusters = cluster, data = data)),
  horvitz_thompson = by_design(data, function(data)
    horvitz_thompson(pseudo ~ z, data = data, condition_prs = p, simple = TRUE)),
  probability = instrumented(data, "", inverse, hc),
  probability_additive = instrumented(data, "+ x", inverse, hc),
  sampling = instrumented(data, "", data$w, hc),
  sampling_additive = instrumented(data, "+ x", data$w, hc),
  sampling_probability = instrumented(data, "", data$w * inverse, hc),
  frequency = instrumented(repeated, "+ x", rep(1, nrow(repeated)), hc),
  sampling_clusters = instrumented(weighted_clusters_table, "", weighted_clusters_table$w, c("CR0", "stata", "CR2"),
                                   weighted_clusters_table$cluster))
save_json(out, file.path(folder, "designs.json"))
tables <- paste0(c("pairs", "paired_clusters", "weighted", "weighted_clusters"), ".csv")
save_session(file.path(folder, "SESSION-designs.txt"), c("clubSandwich", "estimatr", "jsonlite"),
             setNames(as.list(file.path(folder, tables)), tables))
