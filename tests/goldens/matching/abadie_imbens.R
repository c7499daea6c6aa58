# Goldens for the variance of Abadie and Imbens, from Matching::Match. Usage: Rscript abadie_imbens.R NSW.csv
# NSW.csv is an export of nsw_mixtape from the Python package causaldata (MIT); it is read, never copied.
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
suppressPackageStartupMessages({
  library(Matching)
  library(jsonlite)
})
arguments <- commandArgs(TRUE)
if (length(arguments) != 1 || !file.exists(arguments[1])) stop("give the path of the exported NSW table")
nsw <- read.csv(arguments[1])
nsw$d <- nsw$treat
nsw$y <- nsw$re78

# A small table: a coarse score with many ties, a covariate, an exact column, and an outcome whose spread grows.
RNGversion("4.2.0")
set.seed(20060101)
n <- 90
small <- data.frame(d = rep(c(1, 0, 0), n / 3), score = sample(1:25, n, TRUE), x = round(rnorm(n), 2), site = sample(1:2, n, TRUE))
small$y <- round(10 + 0.3 * small$score + small$x^2 + 1.5 * small$d + (0.5 + small$score / 10) * rnorm(n), 3)
write.csv(small, file.path(folder, "abadie_imbens.csv"), row.names = FALSE)

# One match: its number of pairs, estimate, and the standard error by population and number of neighbours (0 to 3).
case <- function(table, name, columns, exact = character(), M = 1, adjust = FALSE, estimand = "ATT") {
  run <- function(neighbours, sample) {
    Match(Y = table$y, Tr = table$d, X = as.matrix(table[c(columns, exact)]), Z = as.matrix(table[columns]), M = M,
          estimand = estimand, exact = if (length(exact)) c(rep(FALSE, length(columns)), rep(TRUE, length(exact))),
          BiasAdjust = adjust, Var.calc = neighbours, sample = sample, replace = TRUE, ties = TRUE,
          distance.tolerance = 0, version = "standard")
  }
  errors <- function(sample) sapply(0:3, function(neighbours) drop(run(neighbours, sample)$se))
  found <- run(1, FALSE)
  list(table = name, columns = I(columns), exact = I(exact), neighbours_matched = M, adjusted = adjust, estimand = estimand,
       pairs = length(found$weights), estimate = drop(found$est), PATT = errors(FALSE), SATT = errors(TRUE))
}
score <- glm(treat ~ age + educ + black + hisp + marr + nodegree + re74 + re75, binomial, nsw,
             control = glm.control(epsilon = 1e-14, maxit = 100))
nsw$logit <- predict(score, type = "link")
four <- c("age", "educ", "re74", "re75")
cases <- list(
  case(nsw, "nsw", "age"), case(nsw, "nsw", "age", M = 3), case(nsw, "nsw", "age", adjust = TRUE),
  case(nsw, "nsw", four), case(nsw, "nsw", four, adjust = TRUE), case(nsw, "nsw", four, M = 2, adjust = TRUE),
  case(nsw, "nsw", four, estimand = "ATC"), case(nsw, "nsw", four, adjust = TRUE, estimand = "ATC"),
  case(nsw, "nsw", "logit"), case(nsw, "nsw", "logit", M = 2),
  case(small, "small", "score"), case(small, "small", "score", adjust = TRUE), case(small, "small", c("score", "x"), M = 2),
  case(small, "small", "score", "site"), case(small, "small", c("score", "x"), "site", M = 2, adjust = TRUE)
)
writeLines(toJSON(cases, auto_unbox = TRUE, digits = NA, pretty = TRUE),
           file.path(folder, "abadie_imbens.json"))
# The effect on everybody: every unit of either arm is matched.
everyone <- function(...) case(..., estimand = "ATE")
cases <- list(
  everyone(nsw, "nsw", "age"), everyone(nsw, "nsw", four), everyone(nsw, "nsw", four, M = 3, adjust = TRUE),
  everyone(nsw, "nsw", "logit"), everyone(nsw, "nsw", "logit", M = 2), everyone(nsw, "nsw", "logit", adjust = TRUE),
  everyone(small, "small", "score"), everyone(small, "small", "score", adjust = TRUE),
  everyone(small, "small", c("score", "x"), M = 2), everyone(small, "small", "score", "site"),
  everyone(small, "small", c("score", "x"), "site", M = 2, adjust = TRUE)
)
writeLines(toJSON(cases, auto_unbox = TRUE, digits = NA, pretty = TRUE), file.path(folder, "everyone.json"))
writeLines(c(R.version.string, sapply(c("Matching", "jsonlite"), function(name) paste(name, packageVersion(name))),
             paste("input nsw.csv md5", tools::md5sum(arguments[1]))), file.path(folder, "SESSION-abadie-imbens.txt"))
