# Goldens for a regression in each arm after matching: lm with the weights of the match, centred covariates and their
# interactions with treatment; clubSandwich's CR2 of the same regression with rows scaled by the roots of the weights, and
# sandwich's HC2. Usage: Rscript adjusted.R
# Sets are given by how the table is made, as in set_variances.R.
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
suppressPackageStartupMessages({
  library(clubSandwich)
  library(sandwich)
  library(jsonlite)
})

RNGversion("4.2.0")
set.seed(20070117)
groups <- 24
controls <- rep(c(1, 3, 2, 4), groups / 4)
table <- do.call(rbind, lapply(seq_len(groups), function(g) {
  near <- c(0, sample(c(0.5, -0.75, 1.25, -1.75), controls[g]))
  data.frame(unit = sprintf("g%02d-%d", g, seq_along(near)), d = c(1, rep(0, controls[g])), score = 20 * g + near,
             group = g, school = (g - 1) %/% 3 + 1, stratum = (g - 1) %% 3 + 1)
}))
n <- nrow(table)
table$x1 <- round(table$score / 100 + rnorm(n), 3)
table$x2 <- round(rexp(n), 3)
table$y <- round(5 + table$x1 + 0.5 * table$x2^1.5 + rnorm(groups)[table$group] + rnorm(8)[table$school] +
                   table$d * (1 + 0.5 * table$x1) + rnorm(n), 3)
write.csv(table[c("unit", "d", "score", "group", "school", "stratum", "x1", "x2", "y")], file.path(folder, "adjusted.csv"),
          row.names = FALSE)

weights_of <- function(data, sets, estimand) {
  first <- ave(data$d, sets, FUN = sum)
  second <- ave(1 - data$d, sets, FUN = sum)
  share <- switch(estimand, ATT = first, ATC = second, ATE = first + second)
  share / ifelse(data$d == 1, first, second)
}

adjusted <- function(data, sets, estimand, clusters = NULL) {
  w <- weights_of(data, sets, estimand)
  asked <- switch(estimand, ATT = data$d == 1, ATC = data$d == 0, ATE = rep(TRUE, nrow(data)))
  for (name in c("x1", "x2")) data[[name]] <- data[[name]] - mean(data[[name]][asked])
  fit <- lm(y ~ d * (x1 + x2), data, weights = w)
  means <- c(sum(coef(fit)[c("(Intercept)", "d")]), coef(fit)["(Intercept)"])
  # the same coefficients from the rows scaled by the roots of the weights, a column for each arm
  scaled <- model.matrix(~ 0 + I(d) + I(d):(x1 + x2) + I(1 - d) + I(1 - d):(x1 + x2), data) * sqrt(w)
  colnames(scaled) <- letters[seq_len(ncol(scaled))]
  frame <- data.frame(scaled, y = data$y * sqrt(w))
  plain <- lm(y ~ 0 + ., frame)
  places <- c(which(apply(scaled, 2, function(z) isTRUE(all.equal(z, data$d * sqrt(w), check.attributes = FALSE)))),
              which(apply(scaled, 2, function(z) isTRUE(all.equal(z, (1 - data$d) * sqrt(w), check.attributes = FALSE)))))
  sides <- diag(ncol(scaled))[places, ]
  stopifnot(all.equal(unname(coef(plain)[places]), unname(means), tolerance = 1e-10))
  rows <- if (is.null(clusters)) seq_len(nrow(data)) else clusters
  vcov <- vcovCR(plain, rows, "CR2")
  if (is.null(clusters)) {
    direct <- vcovHC(fit, "HC2")["d", "d"]
    contrast <- sides[1, ] - sides[2, ]
    stopifnot(all.equal(c(contrast %*% as.matrix(vcov) %*% contrast), direct, tolerance = 1e-9))
  }
  tested <- linear_contrast(plain, vcov, contrasts = matrix(sides[1, ] - sides[2, ], 1), test = "Satterthwaite")
  found <- sides %*% as.matrix(vcov) %*% t(sides)
  # what drawing the covariates of those asked for adds: slopes times the covariance of their mean, between clusters
  slopes <- rbind(coef(fit)[c("x1", "x2")] + coef(fit)[c("d:x1", "d:x2")], coef(fit)[c("x1", "x2")])
  sums <- rowsum(as.matrix(data[asked, c("x1", "x2")]), rows[asked])
  drawn <- slopes %*% (crossprod(sums) * nrow(sums) / (nrow(sums) - 1) / sum(asked)^2) %*% t(slopes)
  list(treated_mean = unname(means[1]), counterfactual_mean = unname(means[2]), df = tested$df,
       SATT = found[c(1, 2, 4)], PATT = (found + drawn)[c(1, 2, 4)])
}

one <- table[ave(abs(table$score - ave(ifelse(table$d == 1, table$score, NA), table$group, FUN = function(x) sum(x, na.rm = TRUE))),
                 table$group, FUN = rank) <= 2, ]
estimands <- c("ATT", "ATC", "ATE")
cases <- c(
  list(nearest = adjusted(one, one$group, "ATT", one$group), nearest_school = adjusted(one, one$group, "ATT", one$school)),
  setNames(lapply(estimands, function(e) adjusted(table, table$group, e, table$group)), paste0("full_", estimands)),
  list(full_school = adjusted(table, table$group, "ATE", table$school)),
  setNames(lapply(estimands, function(e) adjusted(table, table$stratum, e)), paste0("exact_", estimands)),
  setNames(lapply(estimands, function(e) adjusted(table, table$stratum, e, table$school)), paste0("exact_school_", estimands))
)
writeLines(toJSON(cases, auto_unbox = TRUE, digits = NA, pretty = TRUE), file.path(folder, "adjusted.json"))
writeLines(c(R.version.string, sapply(c("clubSandwich", "sandwich", "jsonlite"), function(name) paste(name, packageVersion(name)))),
           file.path(folder, "SESSION-adjusted.txt"))
