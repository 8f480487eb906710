# packages: jsonlite limma
# Normalisation and batches of data/proteomics.csv: 12 samples of 60 proteins, log2, with ties and missing values.
library(limma)
d <- read.csv("data/proteomics.csv")
y <- t(as.matrix(d[, -(1:3)]))
worked <- cbind(c(5, 2, 3, 4), c(4, 1, 4, 2), c(3, 4, 6, 8))
out <- list(
  worked = t(normalizeQuantiles(worked)),
  quantile = t(normalizeQuantiles(y)),
  median = t(sweep(y, 2, apply(y, 2, median, na.rm = TRUE) - mean(apply(y, 2, median, na.rm = TRUE)))),
  batch = t(removeBatchEffect(y, batch = d$batch)),
  batch_group = t(removeBatchEffect(y, batch = d$batch, design = model.matrix(~ group, d)))
)
out <- lapply(out, function(m) { dimnames(m) <- NULL; m })
cat(jsonlite::toJSON(out, auto_unbox = TRUE, digits = NA, na = "null"), "\n")
