# Event studies of people in cells, and of triple differences, by lm with a dummy for everything and clubSandwich.
# Adoption is moved to the third period, so that there is one period to test before the reference.
# Rscript events.R; reads people.csv and third.csv beside it, writes events.json and SESSION.events.txt.
arguments <- commandArgs(FALSE)
folder <- dirname(sub("--file=", "", grep("--file=", arguments, value = TRUE)))
source(file.path(folder, "..", "common.R"))
library(clubSandwich)

one <- function(right, data, adopted, third = FALSE) {
  times <- setdiff(sort(unique(data$time)), adopted - 1)
  treated <- data$unit %in% data$unit[data$d == 1]
  names <- paste0("event", times)
  for (i in seq_along(times)) data[[names[i]]] <- (treated & data$time == times[i]) * (if (third) data$e else 1)
  data$unit <- factor(data$unit)
  data$time <- factor(data$time)
  data$e <- factor(data$e)
  fit <- lm(as.formula(paste("y ~", paste(names, collapse = " + "), "+", right)), data)
  kept <- !is.na(coef(fit))
  fit <- lm(data$y ~ model.matrix(fit)[, kept] - 1)
  at <- match(names, sub(".*]", "", names(coef(fit))))
  out <- list(adopted = adopted, times = times - adopted, estimates = unname(coef(fit)[at]))
  for (type in c("CR0", "CR1", "CR2")) { # CR3 has no inverse beside a dummy for each cluster
    covariance <- vcovCR(fit, cluster = data$unit, type = type)
    test <- coef_test(fit, vcov = covariance, test = "Satterthwaite")
    out[[type]] <- list(covariance = unname(as.matrix(covariance)[at, at]), df = test$df_Satt[at])
  }
  out
}

people <- read.csv(file.path(folder, "people.csv"))
third <- read.csv(file.path(folder, "third.csv"))
triple <- "unit:e + time:e + unit:time"
adopted <- sort(unique(people$time))[3]
out <- list(people = one("unit + time", people, adopted), people_x = one("x + unit + time", people, adopted),
            people_third = one(triple, people, adopted, TRUE), third = one(triple, third, adopted, TRUE))
save_json(out, file.path(folder, "events.json"))
save_session(file.path(folder, "SESSION.events.txt"), c("clubSandwich", "jsonlite"),
             list("people.csv" = file.path(folder, "people.csv"), "third.csv" = file.path(folder, "third.csv")))
