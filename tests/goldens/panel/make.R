# Goldens for two-way fixed effects. Usage: Rscript make.R CARD_KRUEGER.csv
# The Card-Krueger table is read, never copied; panel.csv is generated here.
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
source(file.path(folder, "..", "common.R"))
arguments <- commandArgs(TRUE)
if (length(arguments) != 1 || !file.exists(arguments[1])) stop("give the path of the Card-Krueger table")

RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20190101)
units <- 16
periods <- 5
start <- c(rep(2016, 4), rep(2017, 3), rep(9999, 9))
panel <- expand.grid(time = 2014:2018, unit = seq_len(units))
panel$region <- paste0("r", (panel$unit - 1) %% 8 + 1)
level <- rnorm(units, 10, 2)
path <- unlist(lapply(seq_len(units), function(i) as.numeric(arima.sim(list(ar = 0.5), periods))))
panel$d <- as.integer(panel$time >= start[panel$unit])
panel$x <- decimals(rnorm(nrow(panel)) + 0.2 * level[panel$unit])
panel$y <- decimals(level[panel$unit] + 0.3 * (panel$time - 2014) + 0.5 * panel$x - 0.8 * panel$d + path)
panel$unit <- paste0("u", panel$unit)
panel <- panel[-sample(nrow(panel), 6), c("unit", "region", "time", "d", "x", "y")]
panel <- panel[!(panel$unit == "u16" & panel$time != min(panel$time[panel$unit == "u16"])), ]
write.csv(panel, file.path(folder, "panel.csv"), row.names = FALSE, quote = FALSE)
panel <- read.csv(file.path(folder, "panel.csv"))

# `counted` is k of CR1S: D, covariates and one per period; the unit effects lie within the clusters.
two_way <- function(fit, data, cluster, counted) {
  used <- data$d == 1
  treated <- colMeans(model.matrix(fit)[used, , drop = FALSE])
  effect <- as.numeric(names(coef(fit)) == "d")
  lines <- rbind(treated, treated - effect)
  groups <- length(unique(cluster))
  out <- list(estimate = unname(coef(fit)["d"]), treated_mean = mean(data$y[used]), n = nobs(fit), groups = groups)
  for (name in c("CR0", "CR1", "CR2")) {
    covariance <- vcovCR(fit, cluster = cluster, type = name)
    out[[name]] <- c(spread(lines, covariance), list(df = satterthwaite(fit, lines, covariance)))
  }
  out$CR1S <- list(std_error = out$CR0$std_error * sqrt(groups / (groups - 1) * (nobs(fit) - 1) / (nobs(fit) - counted)))
  out
}
seen_twice <- function(data) data[data$unit %in% names(which(table(data$unit) > 1)), ]

data <- seen_twice(panel)
count <- length(unique(data$time))
plain <- lm(y ~ d + factor(unit) + factor(time), data)
adjusted <- lm(y ~ d + x + factor(unit) + factor(time), data)
out <- list(panel = list(
  dropped = nrow(panel) - nrow(data),
  by_unit = two_way(plain, data, data$unit, count + 1),
  by_unit_with_x = two_way(adjusted, data, data$unit, count + 2),
  by_region = two_way(plain, data, data$region, count + 1)))

stores <- read.csv(arguments[1])
wide <- function(suffix, time) {
  data.frame(unit = stores$store, state = stores$state, time = time,
             d = as.integer(stores$state == "NJ" & time == 2),
             y = stores[[paste0("empft", suffix)]] + stores[[paste0("nmgrs", suffix)]] +
               0.5 * stores[[paste0("emppt", suffix)]])
}
long <- rbind(wide("", 1), wide("2", 2))
long <- long[!is.na(long$y), ]
cells <- lm(y ~ d + factor(time) + state, long)
data <- seen_twice(long)
within <- lm(y ~ d + factor(unit) + factor(time), data)
out$card_krueger <- list(
  available = two_way(cells, long, long$unit, length(coef(cells))),
  balanced = two_way(within, data, data$unit, 3))

# Balanced, one adoption date (2016): clusters within the arms (district) and across them (county), unequal in size.
set.seed(20160101)
size <- 24
balanced <- expand.grid(time = 2015:2018, unit = seq_len(size))
balanced$treated <- as.integer(balanced$unit <= 9)
balanced$district <- paste0("d", rep(1:9, c(1, 2, 2, 4, 1, 2, 3, 4, 5))[balanced$unit])
balanced$county <- paste0("c", c(1, 1, 2, 3, 4, 5, 5, 6, 7, 1, 2, 2, 3, 3, 3, 4, 5, 6, 6, 7, 7, 8, 8, 8)[balanced$unit])
balanced$d <- as.integer(balanced$treated == 1 & balanced$time >= 2016)
shared <- rnorm(9, 0, 0.8)
balanced$y <- decimals(rnorm(size, 20, 3)[balanced$unit] + 0.4 * (balanced$time - 2015) - 1.5 * balanced$d +
                         shared[as.integer(sub("d", "", balanced$district))] * (balanced$time - 2015) +
                         rnorm(nrow(balanced)))
balanced$unit <- sprintf("u%02d", balanced$unit)
write.csv(balanced[c("unit", "time", "district", "county", "d", "y")], file.path(folder, "balanced.csv"),
          row.names = FALSE, quote = FALSE)
balanced <- read.csv(file.path(folder, "balanced.csv"))

one_date <- function(data, cluster) {
  fit <- lm(y ~ d + factor(unit) + factor(time), data)
  effect <- matrix(as.numeric(names(coef(fit)) == "d"), nrow = 1)
  groups <- length(unique(cluster))
  out <- list(estimate = unname(coef(fit)["d"]), treated_mean = mean(data$y[data$d == 1]), n = nobs(fit), groups = groups)
  for (name in c("CR0", "CR1", "CR2")) {  # CR3 inverts I - H, which unit dummies make singular
    covariance <- vcovCR(fit, cluster = cluster, type = name)
    test <- linear_contrast(fit, vcov = covariance, contrasts = effect, test = "Satterthwaite")
    out[[name]] <- list(std_error = test$SE, df = test$df)
  }
  counted <- 1 + length(unique(data$time))
  out$CR1S <- list(std_error = out$CR0$std_error * sqrt(groups / (groups - 1) * (nobs(fit) - 1) / (nobs(fit) - counted)))
  out
}

# The treated mean and its counterfactual, not conditional on the units: mean before and after on arm by time, stacked.
# Each df is that of the weights in common.R.
two_means <- function(data, cluster) {
  adopted <- min(data$time[data$d == 1])
  first <- !duplicated(data$unit)
  units <- data.frame(unit = data$unit[first], cluster = cluster[first])
  units$treated <- as.integer(units$unit %in% data$unit[data$d == 1])
  at <- function(after) {
    rows <- data[(data$time >= adopted) == after, ]
    cbind(units, after = as.integer(after), y = as.numeric(tapply(rows$y, rows$unit, mean)[units$unit]))
  }
  stacked <- rbind(at(FALSE), at(TRUE))
  fit <- lm(y ~ after * treated, stacked)
  row <- function(after, treated) c(1, after, treated, after * treated)
  lines <- rbind(row(1, 1), row(0, 1) + row(1, 0) - row(0, 0))
  out <- lapply(c("CR0", "CR1", "CR2", "CR3"), function(name) {
    covariance <- vcovCR(fit, cluster = stacked$cluster, type = name)
    c(spread(lines, covariance), list(df = satterthwaite(fit, lines, covariance)))
  })
  names(out) <- c("CR0", "CR1", "CR2", "CR3")
  out
}

out$balanced <- lapply(list(unit = balanced$unit, district = balanced$district, county = balanced$county),
                       function(cluster) c(one_date(balanced, cluster), list(means = two_means(balanced, cluster))))

save_json(out, file.path(folder, "output.json"))
save_session(file.path(folder, "SESSION.txt"), c("sandwich", "clubSandwich", "jsonlite"),
             list("Card-Krueger table" = arguments[1]))
