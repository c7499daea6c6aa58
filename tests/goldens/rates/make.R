# Goldens for rates of two arms of counts. Usage: Rscript make.R
# Base R alone: stats::poisson.test, and stats::glm with family = quasipoisson and offset = log(exposure).
# The table is generated here: counts of persons at risk for different times, more variable than Poisson counts.
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
suppressPackageStartupMessages(library(jsonlite))
RNGkind("Mersenne-Twister", "Inversion", "Rejection")

# ---- the exact conditional test ---------------------------------------------------------------------------
# One-sided p, and intervals of all three kinds; the two-sided p of poisson.test adds likelihoods (not central), and is
# left out.
cases <- list(
  list(x = c(11, 25), t = c(800, 1083)), list(x = c(3, 14), t = c(21.5, 20.25)), list(x = c(0, 6), t = c(30, 30)),
  list(x = c(6, 0), t = c(30, 29)), list(x = c(0, 0), t = c(12, 7)), list(x = c(142, 98), t = c(900, 1000)),
  list(x = c(1, 1), t = c(0.25, 4)))
nulls <- c(0.2, 0.5, 1, 1.7, 6)
exact <- lapply(cases, function(case) {
  test <- function(null, side, level) poisson.test(case$x, case$t, r = null, alternative = side, conf.level = level)
  sets <- lapply(c("two.sided", "greater", "less"), function(side)
    lapply(c(0.8, 0.95, 0.99), function(level) {
      ends <- as.numeric(test(1, side, level)$conf.int)
      list(level = level, low = ends[1], high = if (is.finite(ends[2])) ends[2] else NULL)
    }))
  list(counts = case$x, exposures = case$t,
       greater = sapply(nulls, function(null) test(null, "greater", 0.95)$p.value),
       less = sapply(nulls, function(null) test(null, "less", 0.95)$p.value),
       sets = setNames(sets, c("two-sided", "greater", "less")))
})

# ---- quasi-Poisson ----------------------------------------------------------------------------------------
set.seed(20261126)
n <- 42
trial <- data.frame(d = sample(rep(1:0, c(21, 21))), months = sample(3:12, n, TRUE))
trial$events <- rpois(n, ifelse(trial$d == 1, 0.15, 0.30) * trial$months * rgamma(n, 1.2, 1.2))
write.csv(trial, file.path(folder, "events.csv"), row.names = FALSE, quote = FALSE)
trial <- read.csv(file.path(folder, "events.csv"))
quasi <- function(formula) {
  fit <- glm(formula, family = quasipoisson, data = trial, control = list(epsilon = 1e-14, maxit = 100))
  found <- summary(fit)$coefficients["d", ]
  rates <- predict(fit, data.frame(d = c(1, 0), months = 1), type = "response", se.fit = TRUE)
  half <- qt(c(0.9, 0.975, 0.995), fit$df.residual) * found["Std. Error"]
  list(dispersion = summary(fit)$dispersion, df = fit$df.residual, log_ratio = found["Estimate"],
       std_error_log_ratio = found["Std. Error"], p_value = found["Pr(>|t|)"], rates = as.numeric(rates$fit),
       std_error_rates = as.numeric(rates$se.fit),
       low = exp(found["Estimate"] - half), high = exp(found["Estimate"] + half))
}
chi_square <- function(formula) {
  fit <- glm(formula, family = poisson, data = trial, control = list(epsilon = 1e-14, maxit = 100))
  pearson <- sum(residuals(fit, "pearson")^2)
  list(chi_square = pearson, p_value = pchisq(pearson, fit$df.residual, lower.tail = FALSE))
}
output <- list(nulls = nulls, levels = c(0.8, 0.95, 0.99), exact = exact,
               quasi = list(months = quasi(events ~ d + offset(log(months))), persons = quasi(events ~ d)),
               overdispersion = list(months = chi_square(events ~ d + offset(log(months))), persons = chi_square(events ~ d)))
write_json(output, file.path(folder, "output.json"), digits = NA, auto_unbox = TRUE, pretty = TRUE, null = "null")
writeLines(c(R.version.string, paste("jsonlite", packageVersion("jsonlite")),
             paste("events.csv", tools::md5sum(file.path(folder, "events.csv")))), file.path(folder, "SESSION.txt"))
