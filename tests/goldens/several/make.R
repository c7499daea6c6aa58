# Goldens for the joint covariance of several effects of one trial. Usage: Rscript make.R
# The members' regressions are stacked block-diagonally and a unit (or cluster) is the cluster of all its rows:
# vcovCR of clubSandwich; for outcomes also vcovHC of sandwich for the multivariate lm. Tables are generated here.
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
source(file.path(folder, "..", "common.R"))

RNGkind("Mersenne-Twister", "Inversion", "Rejection")
write_table <- function(data, name) {
  path <- file.path(folder, paste0(name, ".csv"))
  write.csv(data, path, row.names = FALSE, quote = FALSE)
  read.csv(path)
}

# ---- tables -----------------------------------------------------------------------------------------------
# arm: 0 control, 1 and 2 two programmes; d: any programme; days and visits: two outcomes; sex: subgroups.
set.seed(20240101)
n <- 72
units <- data.frame(arm = sample(rep(0:2, c(30, 18, 24))), sex = sample(c("men", "women"), n, TRUE),
                    x = decimals(rnorm(n, 2, 1)))
units$d <- as.integer(units$arm > 0)
level <- rnorm(n)
units$days <- with(units, decimals(5 + x + arm * (0.5 + 0.4 * x) + level * (1 + d)))
units$visits <- with(units, decimals(2 - 0.5 * x + 0.3 * d * x + 0.8 * level + rnorm(n)))
units$town <- sample(rep(c("east", "north", "west"), n / 3))
units <- write_table(units, "units")

set.seed(20240102)
clusters <- do.call(rbind, lapply(1:24, function(g) {
  size <- sample(4:9, 1)
  arm <- (g - 1) %% 3
  level <- rnorm(1, 0, 0.7)
  x <- decimals(rnorm(size, g / 10, 1))
  sex <- c("men", "women", sample(c("men", "women"), size - 2, TRUE))
  e <- rnorm(size)
  data.frame(cluster = paste0("g", g), arm = arm, d = as.integer(arm > 0), sex = sex, x = x,
             days = decimals(3 + 0.5 * x + arm * (0.6 + 0.2 * x) + level + e),
             visits = decimals(1 + x + 0.4 * arm - 0.7 * level + 0.5 * e + rnorm(size)))
}))
clusters <- write_table(clusters, "clusters")

# ---- stacked models ---------------------------------------------------------------------------------------
models <- list(none = ~ d, additive = ~ d + x, lin = ~ d * x_c)

# One member: its rows, with the treatment as 0 and 1 and x centred at its own mean, and what its means take.
member <- function(data, outcome, model, id) {
  data$x_c <- data$x - mean(data$x)
  data$y <- data[[outcome]]
  fit <- lm(update(model, y ~ .), data)
  list(y = data$y, x = model.matrix(fit), lines = mean_contrasts(fit, data, seq_len(nrow(data))), id = data[[id]])
}
block_diagonal <- function(parts) {
  out <- matrix(0, sum(sapply(parts, nrow)), sum(sapply(parts, ncol)))
  row <- col <- 0
  for (part in parts) {
    out[row + seq_len(nrow(part)), col + seq_len(ncol(part))] <- part
    row <- row + nrow(part)
    col <- col + ncol(part)
  }
  out
}
joint <- function(members, types) {
  y <- unlist(lapply(members, `[[`, "y"))
  x <- block_diagonal(lapply(members, `[[`, "x"))
  lines <- block_diagonal(lapply(members, `[[`, "lines"))
  id <- unlist(lapply(members, `[[`, "id"))
  fit <- lm(y ~ 0 + x)
  out <- lapply(types, function(type) lines %*% as.matrix(vcovCR(fit, cluster = id, type = type)) %*% t(lines))
  names(out) <- types
  c(list(means = drop(lines %*% coef(fit))), out)
}
of_outcomes <- function(data, id) lapply(models, function(model) {
  joint(list(member(data, "days", model, id), member(data, "visits", model, id)),
        if (id == "cluster") c("CR0", "CR1", "CR2", "CR3") else c("CR0", "CR2", "CR3"))
})
of_arms <- function(data, id) lapply(models, function(model) {
  joint(lapply(1:2, function(arm) {
    own <- data[data$arm %in% c(0, arm), ]
    own$d <- as.integer(own$arm == arm)
    member(own, "days", model, id)
  }), c("CR0", "CR2", "CR3"))
})
of_subgroups <- function(data, id) lapply(models, function(model) {
  joint(lapply(c("men", "women"), function(sex) member(data[data$sex == sex, ], "days", model, id)),
        c("CR0", "CR2", "CR3"))
})
multivariate <- function(data) lapply(models, function(model) {
  data$x_c <- data$x - mean(data$x)
  fit <- lm(update(model, cbind(days, visits) ~ .), data)
  single <- lm(update(model, days ~ .), data)
  own <- mean_contrasts(single, data, seq_len(nrow(data)))
  lines <- block_diagonal(list(own, own))
  types <- c("HC0", "HC1", "HC2", "HC3")
  out <- lapply(types, function(type) lines %*% vcovHC(fit, type = type) %*% t(lines))
  names(out) <- types
  out
})

units$unit <- seq_len(nrow(units))
out <- list(
  units = list(outcomes = of_outcomes(units, "unit"), arms = of_arms(units, "unit"),
               subgroups = of_subgroups(units, "unit"), multivariate = multivariate(units)),
  clusters = list(outcomes = of_outcomes(clusters, "cluster"), arms = of_arms(clusters, "cluster"),
                  subgroups = of_subgroups(clusters, "cluster")))
adjusted <- list(p_values = c(0.012, 0.2, 0.03, 0.0004))
adjusted$holm <- p.adjust(adjusted$p_values, "holm")
out$adjusted <- adjusted

# Wald test of clubSandwich that the effects in three towns are equal, referred to chi-square.
towns <- lapply(c("east", "north", "west"), function(town) member(units[units$town == town, ], "days", models$lin, "unit"))
fit <- lm(y ~ 0 + x, list(y = unlist(lapply(towns, `[[`, "y")), x = block_diagonal(lapply(towns, `[[`, "x"))))
effects <- kronecker(diag(3), matrix(c(1, -1), 1)) %*% block_diagonal(lapply(towns, `[[`, "lines"))
differences <- rbind(c(-1, 1, 0), c(-1, 0, 1)) %*% effects
covariance <- vcovCR(fit, cluster = unlist(lapply(towns, `[[`, "id")), type = "CR2")
test <- Wald_test(fit, constraints = differences, vcov = covariance, test = "chi-sq")
out$equal <- list(statistic = test$Fstat * 2, p_value = test$p_val)

save_json(out, file.path(folder, "output.json"))
save_session(file.path(folder, "SESSION.txt"), c("sandwich", "clubSandwich", "estimatr", "jsonlite"),
             list(units.csv = file.path(folder, "units.csv"), clusters.csv = file.path(folder, "clusters.csv")))
