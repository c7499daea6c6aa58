# Make output.json: pooled effects by metafor, of the BCG trials (Colditz et al. 1994, as metafor documents them) and of
# small sets of studies drawn here. Run by ../make.sh; needs r-cran-metafor and r-cran-jsonlite.
suppressPackageStartupMessages({
  library(metafor)
  library(jsonlite)
})

control <- list(threshold = 1e-14, maxiter = 10000, tol = 1e-14)

one <- function(d, v) {
  fixed <- rma(d, v, method = "EE")
  found <- list(
    estimates = d, variances = v,
    fixed = list(estimate = c(fixed$b), std_error = fixed$se, q = fixed$QE, q_p = fixed$QEp, i_squared = fixed$I2 / 100)
  )
  for (method in c("REML", "DL")) {
    fit <- rma(d, v, method = method, test = "adhoc", control = control)
    found[[method]] <- list(
      estimate = c(fit$b), std_error = fit$se, tau2 = fit$tau2, df = fit$k - 1, p_value = fit$pval,
      low = fit$ci.lb, high = fit$ci.ub
    )
  }
  found
}

set.seed(20261126)
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
alike <- round(rnorm(6, -1, 0.1), 3)
output <- list(
  versions = list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor"))),
  bcg = one(as.numeric(bcg$yi), as.numeric(bcg$vi)),
  alike = one(alike, c(0.2, 0.4, 0.1, 0.3, 0.25, 0.5)),
  two = one(c(-2, 0.5), c(0.25, 0.5)),
  apart = one(round(rnorm(5, -1, 2), 3), c(0.1, 0.5, 0.2, 0.9, 0.3))
)
path <- "output.json"
args <- commandArgs(FALSE)
file <- sub("--file=", "", args[grep("--file=", args)])
write_json(output, file.path(dirname(file), path), auto_unbox = TRUE, digits = NA, pretty = TRUE)
