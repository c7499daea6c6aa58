# Goldens of what a reference level foretells, from R's lm, predict and rstandard. Usage: Rscript make.R
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
suppressPackageStartupMessages(library(jsonlite))
file <- file.path(folder, "..", "..", "..", "src", "effekt", "datasets", "helsingborg", "helsingborg_sick_leave.csv")
data <- read.csv(file, encoding = "UTF-8")
window <- function(years) tapply(data$sick_leave_percent[data$year %in% years], data$municipality[data$year %in% years], mean)
before <- window(2014:2015)
after <- window(2016:2018)
log_effect <- function(unit, rest) log(after[[unit]] / (before[[unit]] * mean(after[rest]) / mean(before[rest])))

one <- function(treated, bar) {
  donors <- setdiff(names(before), treated)
  errors <- sapply(donors, function(j) log_effect(j, setdiff(donors, j)))
  levels <- unname(before[donors])
  effect <- log_effect(treated, donors)
  fit <- lm(errors ~ levels)
  at <- predict(fit, data.frame(levels = before[[treated]]), se.fit = TRUE)
  below <- function(mean, se, df) pt((bar - mean) / se, df)
  all <- lm(c(errors, effect) ~ c(levels, before[[treated]]))
  size <- abs(residuals(all) / sqrt(1 - hatvalues(all)))
  n <- length(donors)
  list(treated = treated, reference_level = before[[treated]], effect = effect, slope = unname(coef(fit)[2]),
       correlation = -cor(exp(errors), levels), expected = unname(at$fit), corrected = unname(effect - at$fit),
       p_value = mean(c(abs(errors), abs(effect)) >= abs(effect)), p_value_given_level = mean(size >= size[n + 1] - 1e-12),
       false_payment = below(mean(errors), sd(errors) * sqrt(1 + 1 / n), n - 1),
       false_payment_given_level = below(unname(at$fit), sqrt(at$residual.scale^2 + at$se.fit^2), n - 2))
}

writeLines(toJSON(lapply(names(before), one, bar = log(1 - 0.12)), auto_unbox = TRUE, digits = NA, pretty = TRUE),
           file.path(folder, "output.json"), useBytes = TRUE)
writeLines(c(R.version.string, paste("jsonlite", packageVersion("jsonlite"))), file.path(folder, "SESSION.txt"))
