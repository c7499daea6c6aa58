# Goldens for trials with non-compliance. Usage: Rscript make.R
# Tables are generated here: y outcome, z assigned, d received, x covariate; blocks and clusters where there are any.
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
source(file.path(folder, "..", "common.R"))
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
write_table <- function(data, name) {
  path <- file.path(folder, paste0(name, ".csv"))
  write.csv(data, path, row.names = FALSE, quote = FALSE)
  read.csv(path)
}

# Who would receive the treatment: always, if assigned (1), never; never-takers have a lower outcome.
received <- function(z, type) ifelse(type == "always", 1, ifelse(type == "never", 0, z))
types <- function(n, shares) sample(c("always", "complier", "never"), n, TRUE, shares)

set.seed(20190101)
n <- 90
individual_table <- data.frame(z = sample(rep(1:0, c(40, 50))), x = decimals(rnorm(n, 2, 1.5)))
type <- types(n, c(0.15, 0.6, 0.25))
individual_table$d <- received(individual_table$z, type)
individual_table$y <- decimals(8 + 0.7 * individual_table$x - 2 * (type == "never") + 1.5 * individual_table$d + rnorm(n))
individual_table <- write_table(individual_table, "individual")

set.seed(20190102)
n <- 40
weak_table <- data.frame(z = sample(rep(1:0, c(20, 20))), x = decimals(rnorm(n)))
type <- types(n, c(0.35, 0.3, 0.35))
weak_table$d <- received(weak_table$z, type)
weak_table$y <- decimals(8 + weak_table$x - 2 * (type == "never") + 4 * weak_table$d + rnorm(n))
weak_table <- write_table(weak_table, "weak")

set.seed(20190103)
sizes <- c(10, 16, 24, 14)
blocked_table <- do.call(rbind, lapply(seq_along(sizes), function(b) {
  size <- sizes[b]
  z <- sample(rep(1:0, c(size / 2 - b, size / 2 + b)))
  type <- types(size, c(0, 0.5 + b / 10, 0.5 - b / 10))
  d <- received(z, type)
  x <- decimals(rnorm(size, b, 1))
  data.frame(block = paste0("b", b), z = z, x = x, d = d, y = decimals(b + 0.5 * x + (type == "never") + 2 * d + rnorm(size)))
}))
blocked_table <- write_table(blocked_table, "blocked")

set.seed(20190104)
sizes <- c(4, 9, 5, 7, 8, 6, 3, 7, 5, 9, 4, 6, 8, 3, 6, 5)
arm <- sample(rep(1:0, c(7, 9)))
clustered_table <- do.call(rbind, lapply(seq_along(sizes), function(g) {
  type <- types(sizes[g], c(0.1, 0.65, 0.25))
  d <- received(arm[g], type)
  x <- decimals(rnorm(sizes[g]))
  data.frame(cluster = paste0("g", g), z = arm[g], x = x, d = d,
             y = decimals(5 + 0.6 * x - (type == "never") + 2 * d + rnorm(1, 0, 0.5) + rnorm(sizes[g])))
}))
clustered_table <- write_table(clustered_table, "clustered")

# estimatr's two-stage least squares and the robust F of its first stage, under its names for the variances.
instrumented <- function(data, right, types, cluster = NULL) {
  two_stage <- as.formula(paste("y ~ d", right, "| z", right))
  first_stage <- as.formula(paste("d ~ z", right))
  out <- lapply(types, function(type) {
    fit <- if (is.null(cluster)) iv_robust(two_stage, data, se_type = type)
           else iv_robust(two_stage, data, clusters = cluster, se_type = type)
    first <- if (is.null(cluster)) lm_robust(first_stage, data, se_type = type)
             else lm_robust(first_stage, data, clusters = cluster, se_type = type)
    c(term(fit, "d"), list(effective_f = unname(first$statistic["z"])^2))
  })
  names(out) <- types
  out
}

# Anderson-Rubin: an ordinary regression of what is zero under the null, clubSandwich's CR2 and Satterthwaite t test.
anderson_rubin <- function(data, right, cluster) {
  p_of <- function(pseudo) {
    data$pseudo <- pseudo
    fit <- lm(as.formula(paste("pseudo ~ z", right)), data)
    test <- coef_test(fit, vcov = vcovCR(fit, cluster = cluster, type = "CR2"), test = "Satterthwaite", coefs = "z")
    test$p_Satt
  }
  difference <- function(null) p_of(data$y - null * data$d)
  ratio <- function(null) p_of(data$y * data$d + null * data$y * (1 - data$d))
  nulls <- list(difference = c(-4, -1, 0, 1, 2.5, 10), ratio = c(0.5, 0.9, 1, 1.3, 2))
  ends <- function(level) {
    kept <- function(null) difference(null) - (1 - level)
    grid <- seq(-200, 200, by = 0.5) + 0.01
    values <- sapply(grid, kept)
    at <- which(values[-1] * values[-length(values)] < 0)
    list(far = c(difference(-1e6), difference(1e6)) > 1 - level,
         ends = I(sapply(at, function(i) uniroot(kept, grid[i + 0:1], tol = 1e-14)$root)))
  }
  list(nulls = nulls, p_difference = sapply(nulls$difference, difference), p_ratio = sapply(nulls$ratio, ratio),
       set90 = ends(0.9), set95 = ends(0.95))
}

hc <- c("HC0", "HC1", "HC2", "HC3")
rows <- function(data) seq_len(nrow(data))
out <- list(
  individual = list(none = instrumented(individual_table, "", hc), additive = instrumented(individual_table, "+ x", hc)),
  weak = list(none = instrumented(weak_table, "", hc), additive = instrumented(weak_table, "+ x", hc)),
  blocked = list(additive = instrumented(blocked_table, "+ x + block", hc)),
  clustered = list(none = instrumented(clustered_table, "", c("CR0", "stata", "CR2"), clustered_table$cluster),
                   additive = instrumented(clustered_table, "+ x", c("CR0", "stata", "CR2"), clustered_table$cluster)))
out$individual$none$anderson_rubin <- anderson_rubin(individual_table, "", rows(individual_table))
out$individual$additive$anderson_rubin <- anderson_rubin(individual_table, "+ x", rows(individual_table))
out$weak$none$anderson_rubin <- anderson_rubin(weak_table, "", rows(weak_table))
out$blocked$additive$anderson_rubin <- anderson_rubin(blocked_table, "+ x + block", rows(blocked_table))
out$clustered$additive$anderson_rubin <- anderson_rubin(clustered_table, "+ x", clustered_table$cluster)

save_json(out, file.path(folder, "output.json"))
tables <- paste0(c("individual", "weak", "blocked", "clustered"), ".csv")
save_session(file.path(folder, "SESSION.txt"), c("clubSandwich", "estimatr", "jsonlite"),
             setNames(as.list(file.path(folder, tables)), tables))
