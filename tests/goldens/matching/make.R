# Goldens for exact, coarsened exact and subclass matching. Usage: Rscript make.R NSW.csv
# NSW.csv is an export of nsw_mixtape from the Python package causaldata (MIT); it is read, never copied.
# MatchIt 4.5.1 has known errors in nearest-neighbour matching (kosukeimai/MatchIt issue 163); none of it is used here.
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
suppressPackageStartupMessages({
  library(MatchIt)
  library(jsonlite)
})
arguments <- commandArgs(TRUE)
if (length(arguments) != 1 || !file.exists(arguments[1])) stop("give the path of the exported NSW table")
nsw <- read.csv(arguments[1])
few <- treat ~ black + hisp + marr + nodegree
all <- treat ~ age + educ + black + hisp + marr + nodegree + re74 + re75

# Weights as MatchIt gives them, and sets numbered by their first row (0: none).
result <- function(...) {
  found <- suppressWarnings(matchit(..., data = nsw))
  sets <- as.integer(found$subclass)
  sets[found$weights == 0] <- NA
  list(weights = unname(found$weights), sets = ifelse(is.na(sets), 0L, match(sets, unique(sets[!is.na(sets)]))))
}
by_estimand <- function(...) {
  estimands <- c("ATT", "ATC", "ATE")
  setNames(lapply(estimands, function(estimand) result(..., estimand = estimand)), estimands)
}
out <- list(
  exact = by_estimand(few, method = "exact"),
  sturges = by_estimand(all, method = "cem"),
  declared = by_estimand(all, method = "cem", cutpoints = list(
    age = c(20, 25, 30.5), educ = "q4", re74 = 4, re75 = c(1, 5000), black = 2, hisp = 2, marr = 2, nodegree = 2)),
  # on the probability, min.n = 0: sets without both arms are left out
  subclass = by_estimand(all, method = "subclass", subclass = 5, min.n = 0)
)
writeLines(toJSON(out, auto_unbox = TRUE, digits = NA), file.path(folder, "output.json"))
writeLines(c(R.version.string, sapply(c("MatchIt", "jsonlite"), function(name) paste(name, packageVersion(name))),
             paste("input nsw.csv md5", tools::md5sum(arguments[1]))), file.path(folder, "SESSION.txt"))
