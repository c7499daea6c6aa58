# Goldens of inference from workplaces: clubSandwich's CR2 of the workplaces' own means, weighted by employees.
# Usage: Rscript clusters.R
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
suppressPackageStartupMessages({
  library(clubSandwich)
  library(jsonlite)
})
data <- read.csv(file.path(folder, "workplaces.csv"))
data$cluster <- paste(data$municipality, data$workplace)
data$cell <- paste0(ifelse(data$municipality == "A", "own", "other"), ifelse(data$year < 2018, "R", "E"))
sums <- aggregate(cbind(days, employees) ~ cluster + cell, data, sum)
sums$mean <- sums$days / sums$employees
fit <- lm(mean ~ 0 + cell, sums, weights = employees)
covariance <- vcovCR(fit, cluster = sums$cluster, type = "CR2")
m <- coef(fit)[c("cellownE", "cellownR", "cellotherE", "cellotherR")]
place <- match(names(m), names(coef(fit)))

# Lines: how log treated mean and log counterfactual, or these themselves, move with the four means.
lines <- list(ratio = rbind(c(1 / m[1], 0, 0, 0), c(0, 1 / m[2], 1 / m[3], -1 / m[4])),
              difference = rbind(c(1, 0, 0, 0), c(0, 1, 1, -1)))

# Of a contrast: another basis of the same columns has it as its first coefficient.
degrees <- function(contrast) {
  basis <- rbind(contrast, diag(length(contrast))[-which.max(abs(contrast)), ])
  columns <- model.matrix(fit) %*% solve(basis)
  colnames(columns) <- paste0("x", seq_len(ncol(columns)))
  again <- lm(sums$mean ~ 0 + columns, weights = sums$employees)
  stopifnot(abs(coef(again)[1] - sum(contrast * coef(fit))) < 1e-10)
  tests <- coef_test(again, vcov = vcovCR(again, cluster = sums$cluster, type = "CR2"), test = "Satterthwaite")
  tests$df_Satt[1]
}
one <- function(parts) {
  full <- matrix(0, 2, length(coef(fit)))
  full[, place] <- parts
  v <- full %*% as.matrix(covariance) %*% t(full)
  df <- sapply(list(c(1, 0), c(0, 1), c(1, -1), c(1, -1.1)), function(w) degrees(drop(w %*% full)))
  list(covariance = c(v[1, 1], v[1, 2], v[2, 2]), df = df)
}
out <- c(list(means = unname(m)), lapply(lines, one))
writeLines(toJSON(out, auto_unbox = TRUE, digits = NA, pretty = TRUE), file.path(folder, "clusters.json"))
writeLines(c(R.version.string, sapply(c("clubSandwich", "jsonlite"), function(p) paste(p, packageVersion(p)))),
           file.path(folder, "clusters-SESSION.txt"))
