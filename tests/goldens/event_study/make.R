# Goldens for an event study of ../panel/balanced.csv: dummies, clubSandwich. Usage: Rscript make.R
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
source(file.path(folder, "..", "common.R"))
data <- read.csv(file.path(folder, "..", "panel", "balanced.csv"))
data$treated <- as.integer(data$unit %in% data$unit[data$d == 1])

# Adoption moved to 2017 and 2018, so that there are one and two periods to test before the reference.
study <- function(adopted, cluster) {
  times <- setdiff(sort(unique(data$time)), adopted - 1)
  for (t in times) data[[paste0("e", t)]] <- data$treated * (data$time == t)
  names <- paste0("e", times)
  fit <- lm(as.formula(paste("y ~", paste(names, collapse = " + "), "+ factor(unit) + factor(time)")), data)
  early <- names[times < adopted - 1]
  out <- list(adopted = adopted, times = times - adopted, estimates = unname(coef(fit)[names]))
  for (type in c("CR0", "CR1", "CR2")) {
    covariance <- vcovCR(fit, cluster = data[[cluster]], type = type)
    test <- Wald_test(fit, constrain_zero(early, coefs = coef(fit)), vcov = covariance, test = "HTZ")
    single <- linear_contrast(fit, vcov = covariance, contrasts = constrain_zero(names, coefs = coef(fit)),
                              test = "Satterthwaite")
    out[[type]] <- list(
      covariance = unname(as.matrix(covariance)[names, names]),
      df = single$df, statistic = test$Fstat, df_num = test$df_num, df_denom = test$df_denom, p_value = test$p_val)
  }
  out
}
out <- list()
for (cluster in c("unit", "district", "county")) {
  out[[cluster]] <- list(study(2017, cluster), study(2018, cluster))
}
writeLines(toJSON(out, digits = I(15), auto_unbox = TRUE, pretty = 1), file.path(folder, "output.json"))
