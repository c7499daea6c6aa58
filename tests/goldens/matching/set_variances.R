# Goldens for the variances of matched sets: CR2 between sets, HC2 and CR2 within them. Usage: Rscript set_variances.R
# Sets are given by how the table is made, so that no package's matching has a part: every group has one treated and one to
# four controls close to it, and far from all others.
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
suppressPackageStartupMessages({
  library(clubSandwich)
  library(sandwich)
  library(jsonlite)
})

RNGversion("4.2.0")
set.seed(20220117)
groups <- 24
controls <- rep(c(1, 3, 2, 4), groups / 4)
table <- do.call(rbind, lapply(seq_len(groups), function(g) {
  near <- c(0, sample(c(0.5, -0.75, 1.25, -1.75), controls[g]))
  data.frame(unit = sprintf("g%02d-%d", g, seq_along(near)), d = c(1, rep(0, controls[g])), score = 20 * g + near,
             group = g, school = (g - 1) %/% 3 + 1, stratum = (g - 1) %% 3 + 1, place = seq_along(near) - 1)
}))
table$y <- round(5 + table$score / 100 + rnorm(groups)[table$group] + rnorm(8)[table$school] + 1.5 * table$d +
                   rnorm(nrow(table)) * (1 + table$stratum / 2), 3)
write.csv(table[c("unit", "d", "score", "group", "school", "stratum", "y")], file.path(folder, "set_variances.csv"),
          row.names = FALSE)

# Weights of sets: n1 (ATT), n0 (ATC) or n (ATE) of each set, spread over each arm of it.
weights_of <- function(data, sets, estimand) {
  first <- ave(data$d, sets, FUN = sum)
  second <- ave(1 - data$d, sets, FUN = sum)
  share <- switch(estimand, ATT = first, ATC = second, ATE = first + second)
  share / ifelse(data$d == 1, first, second)
}
numbers <- function(fit, vcov, contrast, sides) {
  tested <- linear_contrast(fit, vcov, contrasts = matrix(contrast, 1), test = "Satterthwaite")
  found <- sides %*% as.matrix(vcov) %*% t(sides)
  list(estimate = tested$Est, std_error = tested$SE, df = tested$df, covariance = c(found[1, 1], found[1, 2], found[2, 2]))
}

# CR2 between clusters: least squares on the two arms, rows scaled by the roots of the weights. Where an arm's weights are
# alike within a cluster, weighted least squares with the working variances 1/w gives the same; elsewhere its symmetric roots
# are taken on another scale.
between <- function(data, sets, estimand, clusters = sets) {
  w <- weights_of(data, sets, estimand)
  data$r <- sqrt(w)
  fit <- lm(I(y * r) ~ 0 + I(d * r) + I((1 - d) * r), data)
  plain <- numbers(fit, vcovCR(fit, clusters, "CR2"), c(1, -1), diag(2))
  weighted <- lm(y ~ 0 + d + I(1 - d), data, weights = w)
  if (all(ave(w, data$d, clusters, FUN = function(x) diff(range(x))) < 1e-12))
    stopifnot(all.equal(unname(as.matrix(vcovCR(weighted, clusters, "CR2", target = 1 / w, inverse_var = TRUE))),
                        matrix(plain$covariance[c(1, 2, 2, 3)], 2), tolerance = 1e-9))
  plain
}

# Within sets: the regression saturated in set and arm, contrasts with the shares of the sets.
within_sets <- function(data, sets, estimand, clusters = NULL) {
  first <- tapply(data$d, sets, sum)
  second <- tapply(1 - data$d, sets, sum)
  share <- switch(estimand, ATT = first, ATC = second, ATE = first + second)
  share <- share / sum(share)
  data$cell <- factor(paste(data$d, sets), levels = c(paste(1, names(share)), paste(0, names(share))))
  fit <- lm(y ~ 0 + cell, data)
  rows <- if (is.null(clusters)) seq_len(nrow(data)) else clusters
  vcov <- vcovCR(fit, rows, "CR2")
  if (is.null(clusters))
    stopifnot(all.equal(unname(as.matrix(vcov)), unname(vcovHC(fit, "HC2")), tolerance = 1e-9))
  zero <- rep(0, length(share))
  numbers(fit, vcov, c(share, -share), rbind(c(share, zero), c(zero, share)))
}

pairs <- function(ratio) {
  near <- abs(table$score - ave(ifelse(table$d == 1, table$score, NA), table$group, FUN = function(x) sum(x, na.rm = TRUE)))
  place <- ave(near, table$group, FUN = rank)
  table[place <= ratio + 1, ]
}
one <- pairs(1)
two <- pairs(2)
cases <- c(
  list(nearest = between(one, one$group, "ATT"), nearest_two = between(two, two$group, "ATT"),
       nearest_school = between(one, one$group, "ATT", one$school)),
  setNames(lapply(c("ATT", "ATC", "ATE"), function(e) between(table, table$group, e)), paste0("full_", c("ATT", "ATC", "ATE"))),
  list(full_school = between(table, table$group, "ATE", table$school)),
  setNames(lapply(c("ATT", "ATC", "ATE"), function(e) within_sets(table, table$stratum, e)), paste0("exact_", c("ATT", "ATC", "ATE"))),
  setNames(lapply(c("ATT", "ATC", "ATE"), function(e) within_sets(table, table$stratum, e, table$school)),
           paste0("exact_school_", c("ATT", "ATC", "ATE")))
)
writeLines(toJSON(cases, auto_unbox = TRUE, digits = NA, pretty = TRUE), file.path(folder, "set_variances.json"))
writeLines(c(R.version.string, sapply(c("clubSandwich", "sandwich", "jsonlite"), function(name) paste(name, packageVersion(name)))),
           file.path(folder, "SESSION-set-variances.txt"))
