# Shared by the golden generators: the two mean contrasts of a fit, their covariance under each variance name,
# and degrees of freedom from clubSandwich. Formulas are R's own packages'; nothing here comes from effekt.
suppressPackageStartupMessages({
  library(sandwich)
  library(clubSandwich)
  library(estimatr)
  library(jsonlite)
})

# Rows l1, l0: the mean regressor row at d = 1 and at d = 0 over `rows`.
mean_contrasts <- function(fit, data, rows) {
  regressors <- delete.response(terms(fit))
  at <- function(value) {
    changed <- data[rows, , drop = FALSE]
    changed$d <- value
    colMeans(model.matrix(regressors, changed, xlev = fit$xlevels))
  }
  rbind(at(1), at(0))
}

# Contrasts whose degrees of freedom are kept: treated mean, counterfactual mean, difference, treated - 1.1 x counterfactual.
weights <- rbind(c(1, 0), c(0, 1), c(1, -1), c(1, -1.1))

spread <- function(lines, covariance) {
  v <- lines %*% as.matrix(covariance) %*% t(lines)
  list(v11 = v[1, 1], v10 = v[1, 2], v00 = v[2, 2],
       std_error = sqrt(v[1, 1] - 2 * v[1, 2] + v[2, 2]))
}

satterthwaite <- function(fit, lines, covariance) {
  sapply(seq_len(nrow(weights)), function(i) {
    contrast <- matrix(weights[i, ] %*% lines, nrow = 1)
    linear_contrast(fit, vcov = covariance, contrasts = contrast, test = "Satterthwaite")$df
  })
}

individual <- function(fit, data, rows) {
  lines <- mean_contrasts(fit, data, rows)
  means <- drop(lines %*% coef(fit))
  names <- c("HC0", "HC1", "HC2", "HC3")
  out <- lapply(names, function(name) spread(lines, vcovHC(fit, type = name)))
  names(out) <- names
  own <- vcovCR(fit, cluster = seq_len(nrow(data)), type = "CR2")
  out$HC2$df <- satterthwaite(fit, lines, own)
  c(list(treated_mean = means[1], counterfactual_mean = means[2], n = nobs(fit), k = length(coef(fit))), out)
}

clustered <- function(fit, data, rows, cluster) {
  lines <- mean_contrasts(fit, data, rows)
  means <- drop(lines %*% coef(fit))
  names <- c("CR0", "CR1", "CR1S", "CR2", "CR3")
  out <- lapply(names, function(name) {
    covariance <- vcovCR(fit, cluster = cluster, type = name)
    c(spread(lines, covariance), list(df = satterthwaite(fit, lines, covariance)))
  })
  names(out) <- names
  c(list(treated_mean = means[1], counterfactual_mean = means[2], n = nobs(fit), k = length(coef(fit))), out)
}

by_estimand <- function(one, data) {
  list(ATE = one(seq_len(nrow(data))), ATT = one(which(data$d == 1)))
}

term <- function(fit, name) list(estimate = unname(coef(fit)[name]), std_error = unname(fit$std.error[name]),
                                 df = unname(fit$df[name]))

first <- function(fit) list(estimate = unname(fit$coefficients[1]), std_error = unname(fit$std.error[1]),
                            df = unname(fit$df[1]))

decimals <- function(x, digits = 4) as.numeric(sprintf(paste0("%.", digits, "f"), x))

save_json <- function(value, path) {
  writeLines(toJSON(value, auto_unbox = TRUE, digits = NA, pretty = TRUE), path)
}

save_session <- function(path, packages, inputs) {
  lines <- c(R.version.string,
             sapply(packages, function(name) paste(name, packageVersion(name))),
             sapply(names(inputs), function(name) paste0("input ", name, " md5 ", tools::md5sum(inputs[[name]]))))
  writeLines(unname(lines), path)
}
