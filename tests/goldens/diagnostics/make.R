# Goldens for tests of counts, power, multiplicity and signed ranks. Usage: Rscript make.R
folder <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE))))
suppressPackageStartupMessages(library(jsonlite))

tables <- list(c(3, 20, 1, 20), c(0, 15, 4, 12), c(30, 300, 12, 290), c(7, 9, 2, 30), c(5, 10, 5, 10), c(120, 4000, 60, 1500))
fisher <- lapply(tables, function(x) {
  list(missing_treated = x[1], n_treated = x[2], missing_control = x[3], n_control = x[4],
       p_value = fisher.test(matrix(c(x[1], x[2] - x[1], x[3], x[4] - x[3]), 2))$p.value)
})

# Blocks: missing and assigned among the treated, missing and assigned among the controls.
blocks <- list(rbind(c(3, 20, 1, 20), c(2, 10, 5, 30), c(0, 8, 4, 9)),
               rbind(c(1, 1, 0, 1), c(1, 1, 0, 1), c(0, 1, 1, 1), c(1, 1, 0, 1), c(1, 1, 1, 1), c(1, 1, 0, 1)),
               rbind(c(12, 100, 30, 140), c(7, 60, 9, 55)),
               rbind(c(5, 10, 5, 10), c(2, 4, 2, 4)))
within <- lapply(blocks, function(x) {
  table <- array(apply(x, 1, function(r) c(r[1], r[2] - r[1], r[3], r[4] - r[3])), c(2, 2, nrow(x)))
  list(blocks = x, p_value = mantelhaen.test(table, exact = TRUE)$p.value)
})

power <- lapply(list(c(20, 1, 0.8), c(50, 0.7, 0.9), c(8, 2.5, 0.8)), function(x) {
  both <- power.t.test(n = x[1], sd = x[2], power = x[3], sig.level = 0.05, strict = TRUE, tol = 1e-14)
  one <- power.t.test(n = x[1], sd = x[2], power = x[3], sig.level = 0.05, alternative = "one.sided", tol = 1e-14)
  list(n = x[1], sd = x[2], power = x[3], two_sided = both$delta, greater = one$delta)
})

# Paired: sd of the difference. Shares: power in both tails; the share found lies above the first.
paired <- lapply(list(c(12, 1, 0.3, 0.8), c(40, 2.5, -0.2, 0.9), c(5, 1, 0.7, 0.8)), function(x) {
  spread <- x[2] * sqrt(2 * (1 - x[3]))
  both <- power.t.test(n = x[1], sd = spread, power = x[4], type = "paired", strict = TRUE, tol = 1e-14)
  one <- power.t.test(n = x[1], sd = spread, power = x[4], type = "paired", alternative = "one.sided", tol = 1e-14)
  list(pairs = x[1], sd = x[2], correlation = x[3], power = x[4], two_sided = both$delta, greater = one$delta)
})
shares <- lapply(list(c(100, 0.3, 0.8), c(450, 0.05, 0.9), c(60, 0.62, 0.5)), function(x) {
  both <- power.prop.test(n = x[1], p1 = x[2], power = x[3], strict = TRUE, tol = 1e-14)
  one <- power.prop.test(n = x[1], p1 = x[2], power = x[3], alternative = "one.sided", tol = 1e-14)
  list(n = x[1], share = x[2], power = x[3], two_sided = both$p2 - x[2], greater = one$p2 - x[2],
       halved = power.prop.test(n = x[1], p1 = x[2], p2 = x[2] / 2, strict = TRUE)$power)
})

p_values <- c(0.011, 0.02, 0.003, 0.44, 0.02, 0.75, 0.0004)
holm <- list(p_values = p_values, adjusted = p.adjust(p_values, "holm"))

# Distinct sizes and none zero, so that R gives the exact distribution.
differences <- c(1.3, -0.4, 2.2, 0.9, 3.1, -1.1, 0.7, 1.9, 2.6, -0.2)
signed <- list(differences = differences,
               greater = wilcox.test(differences, alternative = "greater", exact = TRUE)$p.value,
               less = wilcox.test(differences, alternative = "less", exact = TRUE)$p.value,
               estimate = unname(wilcox.test(differences, conf.int = TRUE, exact = TRUE)$estimate))

writeLines(toJSON(list(fisher = fisher, within_blocks = within, power = power, paired = paired, shares = shares,
                       holm = holm, signed_rank = signed),
                  auto_unbox = TRUE, digits = NA, pretty = TRUE), file.path(folder, "output.json"))
writeLines(c(R.version.string, paste("jsonlite", packageVersion("jsonlite"))), file.path(folder, "SESSION.txt"))
