# Goldens for randomised trials. Usage: Rscript make.R NSW.csv
# NSW.csv is an export of nsw_mixtape from the Python package causaldata (MIT); it is read, never copied.
# vcov-table.csv: twelve-cluster trial, y ~ d + x, 15 rows a cluster, generated for this project.
# Everything else is generated here.
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
source(file.path(folder, "..", "common.R"))
suppressPackageStartupMessages(library(Matching))
arguments <- commandArgs(TRUE)
if (length(arguments) != 1 || !file.exists(arguments[1])) stop("give the path of the exported NSW table")
nsw <- read.csv(arguments[1])

RNGkind("Mersenne-Twister", "Inversion", "Rejection")
write_table <- function(data, name) {
  path <- file.path(folder, paste0(name, ".csv"))
  write.csv(data, path, row.names = FALSE, quote = FALSE)
  read.csv(path)
}

# ---- generated tables -------------------------------------------------------------------------------------
set.seed(20140101)
n <- 60
individual_table <- data.frame(x1 = decimals(rnorm(n, 10, 3)), x2 = rbinom(n, 1, 0.4), d = sample(rep(1:0, c(22, 38))))
individual_table$y <- with(individual_table,
  decimals(5 + 0.6 * x1 - x2 + d * (0.8 - 0.3 * (x1 - 10)) + rnorm(n) * (1 + d + 0.2 * abs(x1 - 10))))
individual_table <- write_table(individual_table, "individual")

set.seed(20150101)
sizes <- c(8, 12, 24, 14, 10)
treated <- c(3, 7, 9, 4, 6)
blocked_table <- do.call(rbind, lapply(seq_along(sizes), function(b) {
  d <- sample(rep(1:0, c(treated[b], sizes[b] - treated[b])))
  x <- decimals(rnorm(sizes[b], b, 1.5))
  data.frame(block = paste0("b", b), d = d, x = x,
             y = decimals(2 * b + 0.7 * x + d * (0.5 + 0.4 * b + 0.3 * x) + rnorm(sizes[b]) * (1 + d)))
}))
blocked_table <- write_table(blocked_table, "blocked")

set.seed(20160101)
sizes <- c(3, 9, 5, 4, 8, 6, 3, 7, 5, 9, 4, 6, 8, 3)
arm <- sample(rep(1:0, c(6, 8)))
clustered_table <- do.call(rbind, lapply(seq_along(sizes), function(g) {
  x <- decimals(rnorm(sizes[g], g / 5, 1))
  data.frame(cluster = paste0("g", g), d = arm[g], x = x,
             y = decimals(1 + 0.5 * x + arm[g] * (1 + 0.4 * x) + rnorm(1, 0, 0.8) + rnorm(sizes[g])))
}))
clustered_table <- write_table(clustered_table, "clustered")

set.seed(20170101)
blocked_clustered_table <- do.call(rbind, lapply(1:3, function(b) {
  clusters <- c(6, 5, 7)[b]
  arm <- sample(rep(1:0, c(c(3, 2, 3)[b], clusters - c(3, 2, 3)[b])))
  do.call(rbind, lapply(seq_len(clusters), function(g) {
    size <- sample(2:6, 1)
    x <- decimals(rnorm(size))
    data.frame(block = paste0("b", b), cluster = paste0("b", b, "g", g), d = arm[g], x = x,
               y = decimals(b + 0.8 * x + arm[g] * (0.5 * b + 0.4 * x) + rnorm(1, 0, 0.7) + rnorm(size)))
  }))
}))
blocked_clustered_table <- write_table(blocked_clustered_table, "blocked_clustered")

set.seed(20180101)
pairs_table <- do.call(rbind, lapply(1:20, function(j) {
  level <- rnorm(1, 5, 2)
  data.frame(pair = paste0("p", j), d = sample(0:1), y = decimals(level + c(0, 0) + rnorm(2)))
}))
pairs_table$y <- decimals(pairs_table$y + 0.6 * pairs_table$d)
pairs_table <- write_table(pairs_table, "pairs")

set.seed(20190101)
n <- 64
weighted_table <- data.frame(block = paste0("b", rep(1:3, c(20, 26, 18))), x = decimals(rnorm(n, 3, 1)),
                             w = decimals(runif(n, 0.5, 4), 2), p = decimals(runif(n, 0.25, 0.75), 2),
                             f = sample(1:4, n, TRUE), m = sample(3:24, n, TRUE))
weighted_table$d <- rbinom(n, 1, weighted_table$p)
weighted_table$y <- with(weighted_table, decimals(4 + x + d * (1 + 0.4 * x) + 2 * p + rnorm(n) / sqrt(w)))
weighted_table$events <- with(weighted_table, rpois(n, m * exp(-1.5 - 0.4 * d + 0.1 * x)))
weighted_table <- write_table(weighted_table, "weighted")

set.seed(20200101)
weighted_clustered_table <- do.call(rbind, lapply(1:18, function(g) {
  size <- sample(2:11, 1)
  p <- decimals(runif(1, 0.3, 0.7), 2)
  data.frame(block = paste0("b", 1 + (g > 9)), cluster = paste0("g", g), p = p, d = NA, level = rnorm(1, 0, 0.7),
             x = decimals(rnorm(size, g / 6, 1)), w = decimals(runif(size, 0.5, 4), 2), m = sample(3:24, size, TRUE))
}))
arm <- setNames(sample(rep(1:0, 9)), paste0("g", 1:18))
arm[c("g1", "g2", "g10", "g11")] <- c(1, 0, 1, 0)
weighted_clustered_table$d <- unname(arm[weighted_clustered_table$cluster])
weighted_clustered_table <- within(weighted_clustered_table, {
  events <- rpois(length(x), m * exp(-1.4 - 0.4 * d + 0.3 * level))
  y <- decimals(2 + 0.5 * x + d * (0.8 + 0.3 * x) + level + rnorm(length(x)))
})
weighted_clustered_table <- write_table(
  weighted_clustered_table[c("block", "cluster", "d", "x", "w", "p", "m", "events", "y")], "weighted_clustered")

set.seed(20210101)
paired_clusters_table <- do.call(rbind, lapply(1:11, function(j) {
  level <- rnorm(1, 5, 2)
  arm <- sample(0:1)
  do.call(rbind, lapply(1:2, function(g) {
    size <- sample(2:9, 1)
    data.frame(pair = paste0("p", j), cluster = paste0("p", j, "g", g), d = arm[g],
               y = decimals(level + 0.7 * arm[g] + rnorm(1, 0, 0.4) + rnorm(size)))
  }))
}))
paired_clusters_table <- write_table(paired_clusters_table, "paired_clusters")

vcov_table <- read.csv(file.path(folder, "vcov-table.csv"))
names(vcov_table)[names(vcov_table) == "g"] <- "cluster"

# ---- models -----------------------------------------------------------------------------------------------
centred <- function(data, names) {
  for (name in names) data[[paste0(name, "_c")]] <- data[[name]] - mean(data[[name]])
  data
}
out <- list()

data <- centred(individual_table, c("x1", "x2"))
fits <- list(none = lm(y ~ d, data), additive = lm(y ~ d + x1 + x2, data), lin = lm(y ~ d * (x1_c + x2_c), data))
out$individual <- lapply(fits, function(fit) by_estimand(function(rows) individual(fit, data, rows), data))
robust <- function(formula, data, types, ...) {
  fits <- lapply(types, function(type) term(lm_robust(formula, data, se_type = type, ...), "d"))
  names(fits) <- types
  fits
}
out$individual$estimatr <- list(
  none = robust(y ~ d, data, c("HC0", "HC1", "HC2", "HC3")),
  additive = robust(y ~ d + x1 + x2, data, c("HC0", "HC1", "HC2", "HC3")),
  lin_HC2 = term(lm_lin(y ~ d, covariates = ~ x1 + x2, data = data, se_type = "HC2"), "d"),
  lin_HC3 = term(lm_lin(y ~ d, covariates = ~ x1 + x2, data = data, se_type = "HC3"), "d"),
  welch = first(difference_in_means(y ~ d, data)))

data <- transform(centred(blocked_table, "x"), x_b = x - ave(x, block))
fits <- list(none = lm(y ~ d * block, data), additive = lm(y ~ d + x + block, data),
             additive_blocks_only = lm(y ~ d + block, data), lin = lm(y ~ d * (x_c + block), data),
             lin_by_block = lm(y ~ d * block * x_b, data))
out$blocked <- lapply(fits, function(fit) by_estimand(function(rows) individual(fit, data, rows), data))
out$blocked$estimatr <- first(difference_in_means(y ~ d, blocks = block, data = data))
# lm_lin() in each block by itself: what the sum with weights n_b/N or n1b/N1 must be made of
out$blocked$estimatr_by_block <- lapply(split(blocked_table, blocked_table$block), function(own) {
  c(term(lm_lin(y ~ d, covariates = ~ x, data = own, se_type = "HC2"), "d"), list(n = nrow(own), n1 = sum(own$d)))
})

cluster_goldens <- function(data) {
  fits <- list(none = lm(y ~ d, data), additive = lm(y ~ d + x, data), lin = lm(y ~ d * x_c, data))
  result <- lapply(fits, function(fit) {
    by_estimand(function(rows) clustered(fit, data, rows, data$cluster), data)
  })
  types <- c("CR0", "CR2", "stata")
  result$estimatr <- list(
    none = robust(y ~ d, data, types, clusters = cluster),
    additive = robust(y ~ d + x, data, types, clusters = cluster),
    lin_CR2 = term(lm_lin(y ~ d, covariates = ~ x, data = data, clusters = cluster, se_type = "CR2"), "d"),
    difference_in_means = first(difference_in_means(y ~ d, clusters = cluster, data = data)))
  result
}
out$clustered <- cluster_goldens(centred(clustered_table, "x"))
out$vcov_table <- cluster_goldens(centred(vcov_table, "x"))

data <- transform(centred(blocked_clustered_table, "x"), x_b = x - ave(x, block))
fits <- list(none = lm(y ~ d * block, data), additive = lm(y ~ d + x + block, data),
             lin = lm(y ~ d * (x_c + block), data), lin_by_block = lm(y ~ d * block * x_b, data))
out$blocked_clustered <- lapply(fits, function(fit) {
  by_estimand(function(rows) clustered(fit, data, rows, data$cluster), data)
})
out$blocked_clustered$estimatr <- first(difference_in_means(y ~ d, blocks = block, clusters = cluster, data = data))
out$blocked_clustered$estimatr_by_block <- lapply(split(data, data$block), function(own) {
  c(term(lm_lin(y ~ d, covariates = ~ x, data = own, clusters = cluster, se_type = "CR2"), "d"),
    list(n = nrow(own), n1 = sum(own$d)))
})

out$pairs <- list(estimatr = first(difference_in_means(y ~ d, blocks = pair, data = pairs_table)))

# ---- weights, probabilities, exposure, pairs of clusters ---------------------------------------------------
# Each model twice: with d, and with the two means as coefficients (t, c), as linear_contrast() of this clubSandwich
# fails on weighted fits. inverse: whether the weights are inverse variances; else errors of y are alike.
two_means <- function(data) transform(data, t = d, c = 1 - d)
mean_terms <- function(v) list(v11 = v[1, 1], v10 = v[1, 2], v00 = v[2, 2],
                               std_error = sqrt(v[1, 1] - 2 * v[1, 2] + v[2, 2]))
means_of <- function(arms) list(treated_mean = unname(coef(arms)[1]), counterfactual_mean = unname(coef(arms)[2]))
df_of <- function(arms, effect, cluster, type, inverse) {
  test <- function(fit, rows) {
    v <- vcovCR(fit, cluster = cluster, type = type, inverse_var = inverse)
    coef_test(fit, vcov = v, test = "Satterthwaite")$df[rows]
  }
  c(test(arms, 1:2), test(effect, 2))
}
by_unit <- function(arms, effect, inverse) {
  types <- c("HC0", "HC1", "HC2", "HC3")
  out <- setNames(lapply(types, function(type) mean_terms(vcovHC(arms, type = type))), types)
  if (inverse) out$HC2$df <- df_of(arms, effect, seq_along(residuals(arms)), "CR2", TRUE)
  c(means_of(arms), out)
}
by_cluster <- function(arms, effect, cluster, inverse) {
  types <- c("CR0", "CR1", "CR1S", "CR2", "CR3")
  out <- setNames(lapply(types, function(type) {
    found <- mean_terms(as.matrix(vcovCR(arms, cluster = cluster, type = type, inverse_var = inverse)))
    c(found, list(df = df_of(arms, effect, cluster, type, inverse)))
  }), types)
  c(means_of(arms), out)
}
weighted_fits <- function(data, response, weights, centre) {
  data$response <- data[[response]]
  data$weights <- weights
  data$xc <- data$x - centre
  list(none = list(lm(response ~ 0 + t + c, data, weights = weights), lm(response ~ d, data, weights = weights)),
       additive = list(lm(response ~ 0 + t + c + xc, data, weights = weights),
                       lm(response ~ d + xc, data, weights = weights)),
       lin = list(lm(response ~ 0 + t + c + t:xc + c:xc, data, weights = weights),
                  lm(response ~ d * xc, data, weights = weights)))
}
designs <- function(data, one) {
  data <- two_means(data)
  data$rate <- data$events / data$m
  inverse_probability <- with(data, ifelse(d == 1, 1 / p, 1 / (1 - p)))
  odds <- with(data, ifelse(d == 1, 1, p / (1 - p)))
  run <- function(fits, inverse) lapply(fits, function(fit) one(fit[[1]], fit[[2]], data, inverse))
  weighted <- function(value, by) sum(value * by) / sum(by)
  list(
    sampling = run(weighted_fits(data, "y", data$w, weighted(data$x, data$w)), FALSE),
    precision = run(weighted_fits(data, "y", data$w, mean(data$x)), TRUE),
    probability = run(weighted_fits(data, "y", inverse_probability, mean(data$x)), FALSE),
    probability_att = run(weighted_fits(data, "y", odds, mean(data$x[data$d == 1])), FALSE),
    exposure = run(weighted_fits(data, "rate", data$m, weighted(data$x, data$m)), TRUE))
}
out$weighted <- designs(weighted_table, function(arms, effect, data, inverse) by_unit(arms, effect, inverse))
out$weighted_clustered <- designs(weighted_clustered_table, function(arms, effect, data, inverse) {
  by_cluster(arms, effect, data$cluster, inverse)
})

data <- two_means(weighted_clustered_table)
sizes <- as.numeric(table(data$cluster)[data$cluster])
out$weighted_clustered$cluster_weighted <- lapply(
  weighted_fits(data, "y", 1 / sizes, sum(data$x / sizes) / sum(1 / sizes)),
  function(fit) by_cluster(fit[[1]], fit[[2]], data$cluster, TRUE))
cluster_means <- aggregate(cbind(y, d) ~ cluster, data, mean)
out$weighted_clustered$estimatr <- list(
  cluster_means = term(lm_robust(y ~ d, cluster_means, se_type = "HC2"), "d"),
  sampling = term(lm_robust(y ~ d + x, data, weights = w, clusters = cluster, se_type = "CR2"), "d"),
  sampling_stata = term(lm_robust(y ~ d + x, data, weights = w, clusters = cluster, se_type = "stata"), "d"),
  sampling_lin = term(lm_lin(y ~ d, covariates = ~ x, data = data, weights = w, clusters = cluster,
                             se_type = "CR2"), "d"),
  sampling_blocks = term(lm_lin(y ~ d, covariates = ~ block + x, data = data, weights = w, clusters = cluster,
                                se_type = "CR2"), "d"),
  # estimatr 1.0.0 takes the probabilities of clusters in the order of the rows and the clusters in that of their names
  horvitz_thompson = first(horvitz_thompson(y ~ d, data = transform(data, g = match(cluster, unique(cluster))),
                                            clusters = g, condition_prs = p, simple = TRUE)))

data <- two_means(weighted_table)
data$ipw <- with(data, ifelse(d == 1, 1 / p, 1 / (1 - p)))
repeated <- data[rep(seq_len(nrow(data)), data$f), ]
out$weighted$estimatr <- list(
  sampling = robust(y ~ d + x, data, c("HC0", "HC1", "HC2", "HC3"), weights = w),
  sampling_lin = term(lm_lin(y ~ d, covariates = ~ x, data = data, weights = w, se_type = "HC2"), "d"),
  sampling_blocks = term(lm_lin(y ~ d, covariates = ~ block + x, data = data, weights = w, se_type = "HC2"), "d"),
  frequency_lin = term(lm_lin(y ~ d, covariates = ~ x, data = repeated, se_type = "HC2"), "d"),
  probability = term(lm_robust(y ~ d, data, weights = ipw, se_type = "HC2"), "d"),
  horvitz_thompson = first(horvitz_thompson(y ~ d, data = data, condition_prs = p, simple = TRUE)))

out$paired_clusters <- list(estimatr = first(difference_in_means(
  y ~ d, blocks = pair, clusters = cluster, data = paired_clusters_table)))

# ---- National Supported Work -------------------------------------------------------------------------------
names(nsw)[names(nsw) == "treat"] <- "d"
covariates <- c("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")
nsw$y <- nsw$re78
data <- centred(nsw, covariates)
fits <- list(none = lm(y ~ d, data), additive = lm(reformulate(c("d", covariates), "y"), data),
             lin = lm(reformulate(paste0("d * (", paste0(covariates, "_c", collapse = " + "), ")"), "y"), data))
out$nsw <- lapply(fits, function(fit) by_estimand(function(rows) individual(fit, data, rows), data))
out$nsw$estimatr <- list(
  welch = first(difference_in_means(y ~ d, nsw)),
  lin_HC2 = term(lm_lin(y ~ d, covariates = reformulate(covariates), data = nsw, se_type = "HC2"), "d"))

# Propensity and one-to-one matching on its logit, ties kept. Debian 12's MatchIt is not used: its calipers and
# nearest neighbours were wrong in that version.
logit <- glm(reformulate(covariates, "d"), binomial, nsw, control = glm.control(epsilon = 1e-14, maxit = 100))
score <- predict(logit, type = "link")
matched <- function(...) {
  result <- Match(Y = nsw$y, Tr = nsw$d, X = score, estimand = "ATT", ties = TRUE, replace = TRUE,
                  distance.tolerance = 1e-14, version = "standard", ...)
  list(estimate = drop(result$est), pairs = length(result$index.treated), dropped = result$ndrops,
       treated = length(unique(result$index.treated)), treated_mean = weighted.mean(nsw$y[result$index.treated], result$weights),
       counterfactual_mean = weighted.mean(nsw$y[result$index.control], result$weights))
}
out$nsw$matching <- list(coefficients = unname(coef(logit)), logit_sum_of_squares = sum(score^2),
                         nearest = matched(M = 1), two_nearest = matched(M = 2))

save_json(out, file.path(folder, "output.json"))
save_session(file.path(folder, "SESSION.txt"), c("sandwich", "clubSandwich", "estimatr", "Matching", "jsonlite"),
             list("vcov-table.csv" = file.path(folder, "vcov-table.csv"), "NSW export" = arguments[1]))
