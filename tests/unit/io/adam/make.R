# Writes the small ADaM data sets of tests/unit/io/adam (an invented trial), as SAS would hold them: days as numbers
# since 1960 with a date format in the transport files. Run: Rscript tests/unit/io/adam/make.R (haven cuts the name of the last column of a SAS7BDAT, hence FILLER)
library(haven)
folder <- "tests/unit/io/adam"
day <- function(text) as.Date(text)
id <- sprintf("ONC-01-%03d", 1:6)
adsl <- data.frame(
  STUDYID = "ONC", USUBJID = id, SUBJID = substr(id, 8, 10), SITEID = c("01", "01", "02", "02", "02", "03"),
  AGE = c(61, 55, 70, 48, 66, 59), AGEU = "YEARS", SEX = c("M", "F", "M", "U", "F", "M"), SAFFL = c(rep("Y", 5), "N"),
  TRT01P = c("Immunotherapy", "Immunotherapy + RT", "Immunotherapy", "Immunotherapy + RT", "Immunotherapy", "Screen Failure"),
  TRT01A = c("Immunotherapy", "Immunotherapy + RT", "Immunotherapy", "Immunotherapy", "Immunotherapy", "Screen Failure"),
  RANDDT = day(c("2021-03-01", "2021-03-15", "2021-04-01", "2021-04-20", "2021-05-03", NA)),
  TRTSDT = day(c("2021-03-02", "2021-03-16", "2021-04-02", "2021-04-21", "2021-05-04", NA)),
  TRTEDT = day(c("2021-09-01", "2021-12-30", "2021-06-01", "2022-03-01", NA, NA)),
  DTHDT = day(c("2022-01-10", NA, "2021-07-15", NA, NA, NA)),
  LSTALVDT = day(c("2022-01-10", "2022-08-01", "2021-07-15", "2022-08-02", "2021-05-20", NA)),
  ECOGBL = c(0, 1, 1, 0, NA, 1), STRATUM1 = c("A", "B", "A", "A", "B", ""))
days <- function(from, to) as.numeric(to - from) + 1
tte <- function(code, param, end, censored) data.frame(
  STUDYID = "ONC", USUBJID = id[1:5], PARAMCD = code, PARAM = param, STARTDT = adsl$RANDDT[1:5], ADT = end,
  AVAL = days(adsl$RANDDT[1:5], end), CNSR = censored)
os_end <- day(c("2022-01-10", "2022-08-01", "2021-07-15", "2022-08-02", "2021-05-20"))
pfs_end <- day(c("2021-09-06", "2022-07-01", "2021-06-08", "2022-07-02", "2021-05-03"))
adtte <- rbind(tte("OS", "Overall Survival", os_end, c(0, 1, 0, 1, 1)),
               tte("PFS", "Progression Free Survival", pfs_end, c(0, 1, 0, 1, 2)))
rs <- function(subject, code, word, on) data.frame(
  STUDYID = "ONC", USUBJID = id[subject], PARAMCD = code, AVALC = word, ADT = day(on), PARCAT2 = "Investigator")
adrs <- rbind(
  rs(1, "OVR", "PR", "2021-05-04"), rs(1, "OVR", "PR", "2021-07-06"), rs(1, "OVR", "PD", "2021-09-06"),
  rs(2, "OVR", "CR", "2021-05-18"), rs(2, "OVR", "CR", "2022-07-01"), rs(3, "OVR", "PD", "2021-06-08"),
  rs(4, "OVR", "PR", "2021-06-22"), rs(4, "OVR", "SD", "2022-07-02"),
  rs(1:5, "BOR", c("PR", "CR", "PD", "PR", "MISSING"), NA), rs(1:5, "CBOR", c("PR", "CR", "PD", "SD", "MISSING"), NA))
adae <- data.frame(
  STUDYID = "ONC", USUBJID = id[c(1, 1, 2, 3, 4, 4, 1)],
  AEDECOD = c("Pneumonitis", "Fatigue", "Oesophagitis", "Colitis", "Rash", "Rash", "Nausea"),
  AEBODSYS = c("Respiratory", "General", "Gastrointestinal", "Gastrointestinal", "Skin", "Skin", "Gastrointestinal"),
  AETOXGR = c("3", "1", "2", "4", "1", "2", "1"),
  ASTDT = day(c("2021-05-01", "2021-03-20", "2021-05-20", "2021-06-10", "2021-06-01", "2021-06-01", "2021-02-20")),
  AENDT = day(c("2021-06-15", "2021-04-01", NA, "2021-07-15", "2021-06-10", "2021-06-12", "2021-02-25")),
  AREL = c("Y", "POSSIBLE", "PROBABLE", "Y", "NONE", "N", "N"), AESER = c("Y", "N", "N", "Y", "N", "N", "N"),
  TRTEMFL = c("Y", "Y", "Y", "Y", "Y", "Y", ""), AEIRFL = c("Y", "N", "N", "Y", "Y", "Y", "N"))
sets <- list(adsl = adsl, adtte = adtte, adrs = adrs, adae = adae)
for (name in names(sets)) write_xpt(sets[[name]], file.path(folder, paste0(name, ".xpt")), version = 5, name = toupper(name))
suppressWarnings(write_sas(cbind(adae, FILLER = 1), file.path(folder, "adae.sas7bdat")))
write_xpt(adsl[1:2, ], file.path(folder, "adsl_v8.xpt"), version = 8, name = "ADSL")
