# Exact permutation p-values of the difference in means by coin. Usage: Rscript make.R (from anywhere).
suppressPackageStartupMessages({
  library(coin)
  library(jsonlite)
})
arguments <- commandArgs(FALSE)
here <- dirname(sub("--file=", "", arguments[grep("--file=", arguments)]))
cases <- list(
  list(y = c(12, 7, 9, 15, 14, 18, 11, 21), d = c(1, 1, 1, 1, 0, 0, 0, 0)),
  list(y = c(3, 3, 3, 1, 2, 2, 5, 5, 8), d = c(1, 0, 1, 0, 0, 1, 0, 1, 1)),
  list(y = c(0, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1), d = rep(c(0, 1), each = 7)),
  list(y = c(1.25, -0.5, 3.75, 2, 2, 0, 4.5, 1, 0.75, 2.5, 6, 3), d = c(0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0))
)
exact <- lapply(cases, function(case) {
  frame <- data.frame(y = case$y, d = factor(case$d, levels = c(1, 0)))
  p <- function(alternative)
    as.numeric(pvalue(oneway_test(y ~ d, data = frame, distribution = exact(), alternative = alternative)))
  c(case, list(p_value = list("two-sided" = p("two.sided"), greater = p("greater"), less = p("less"))))
})
writeLines(toJSON(list(exact = exact), digits = 15, auto_unbox = TRUE, pretty = TRUE), file.path(here, "output.json"))
writeLines(c(R.version.string, paste("coin", packageVersion("coin"))), file.path(here, "SESSION.txt"))
