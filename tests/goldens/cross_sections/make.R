# Two-way fixed effects of people in cells, and triple differences, by lm with a dummy for everything and clubSandwich.
# Rscript make.R; reads people.csv and third.csv beside it, writes output.json and SESSION.txt.
arguments <- commandArgs(FALSE)
folder <- dirname(sub("--file=", "", grep("--file=", arguments, value = TRUE)))
source(file.path(folder, "..", "common.R"))
library(clubSandwich)

one <- function(formula, data, name) {
  data$de <- data$d * data$e
  data$unit <- factor(data$unit)
  data$time <- factor(data$time)
  data$e <- factor(data$e)
  fit <- lm(formula, data)
  kept <- !is.na(coef(fit))
  fit <- lm(data$y ~ model.matrix(fit)[, kept] - 1)
  at <- which(sub(".*]", "", names(coef(fit))) == name)
  out <- list(estimate = unname(coef(fit)[at]))
  for (type in c("CR0", "CR1", "CR2")) { # CR3 has no inverse beside a dummy for each cluster
    test <- coef_test(fit, vcov = vcovCR(fit, cluster = data$unit, type = type), test = "Satterthwaite")
    out[[type]] <- list(std_error = test$SE[at], df = test$df_Satt[at])
  }
  out
}

people <- read.csv(file.path(folder, "people.csv"))
third <- read.csv(file.path(folder, "third.csv"))
triple <- y ~ de + unit:e + time:e + unit:time
out <- list(people = one(y ~ d + unit + time, people, "d"), people_x = one(y ~ d + x + unit + time, people, "d"),
            people_third = one(triple, people, "de"), third = one(triple, third, "de"))
save_json(out, file.path(folder, "output.json"))
save_session(file.path(folder, "SESSION.txt"), c("clubSandwich", "jsonlite"),
             list("people.csv" = file.path(folder, "people.csv"), "third.csv" = file.path(folder, "third.csv")))
