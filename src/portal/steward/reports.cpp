// One problem report: saying what it is, that it is fixed, or the same as another.
#include "voices/reports.hpp"

#include <fmt/format.h>

#include "parts.hpp"

namespace minben::steward {

namespace {

using voices::Report;
using voices::ReportId;
using voices::ReportLine;
using voices::ReportState;

constexpr int most_offered = 50;

Url report_url(const Visit& visit, const ReportId& id, std::string_view action = {}) {
  return desk_url(visit, {"reports", to_string(id), action});
}

std::string report_title(Language language, const ReportLine& line) {
  return msg::voices_report_one(
      language, voices_text(language, fmt::format("problem_{}", to_string(line.kind))));
}

/// What is needed beside the report to treat it.
struct Case {
  Report report;
  DatasetNames names;
  int versions = 0;                ///< of the dataset
  std::vector<ReportLine> others;  ///< it may be the same as one of these
  bool ours = false;               ///< this officer answers for the publisher
};

Result<Case> read_case(const Parts& parts, const Visit& visit) {
  Case made;
  MINBEN_TRY(id, visit.id<ReportId>("report"));
  MINBEN_TRY(report, parts.voices.reports().open(visit.officer(), id));
  made.report = std::move(report);
  MINBEN_TRY(names, parts.names(visit, std::array{made.report.dataset}));
  made.names = std::move(names);
  MINBEN_TRY(others, parts.voices.reports().of_dataset(made.report.dataset, most_offered));
  std::erase_if(others, [&](const ReportLine& line) {
    return line.id == id || line.state == ReportState::not_a_problem;
  });
  made.others = std::move(others);
  MINBEN_CHECK(parts.database.separately([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(entry, parts.catalogue.find(tx, made.report.dataset));
    MINBEN_TRY(publisher, parts.catalogue.publisher(tx, made.report.publisher));
    made.versions = entry.version;
    made.ours = voices::answers_for(parts.voices.config(), visit.officer(), publisher);
    return {};
  }));
  return made;
}

void fixed_form(Writer& page, const Visit& visit, const Case& of, const Typed& typed) {
  const Language language = visit.language;
  constexpr int offered = 20;
  std::vector<page::Choice> versions;
  const std::string chosen = typed.form ? typed.value("fixed_in") : std::to_string(of.versions);
  for (int number = of.versions; number > 0 && number > of.versions - offered; --number)
    versions.push_back({std::to_string(number),
                        msg::voices_steward_fixed_version(language, number),
                        {},
                        chosen == std::to_string(number)});
  versions.push_back(
      {"0", std::string(msg::voices_steward_fixed_without(language)), {}, chosen == "0"});
  page::heading(page, 2, msg::voices_steward_fixed(language));
  small_form(page, visit, typed,
             {.action = report_url(visit, of.report.id, "fixed"),
              .version = of.report.version,
              .field = "fixed_words",
              .label = msg::voices_steward_fixed_words(language),
              .button = msg::voices_steward_fixed(language),
              .style = page::ButtonStyle::primary},
             [&](Writer& p) {
               page::select(p,
                            {.name = "fixed_in",
                             .label = std::string(msg::voices_steward_fixed_in(language)),
                             .hint = {},
                             .error = typed.error_of("fixed_in")},
                            versions);
             });
}

void merge_form(Writer& page, const Visit& visit, const Case& of, const Typed& typed) {
  if (of.others.empty()) return;
  const Language language = visit.language;
  std::vector<page::Choice> choices;
  for (const ReportLine& line : of.others)
    choices.push_back({to_string(line.id),
                       fmt::format("{} · {}", report_title(language, line),
                                   long_time(line.reported_at, language)),
                       line.words, typed.value("into") == to_string(line.id)});
  page::heading(page, 2, msg::voices_steward_merge(language));
  small_form(page, visit, typed,
             {.action = report_url(visit, of.report.id, "merge"),
              .version = of.report.version,
              .field = {},
              .label = {},
              .button = msg::voices_steward_merge(language)},
             [&](Writer& p) {
               page::radios(p,
                            {.name = "into",
                             .label = std::string(msg::voices_steward_merge_into(language)),
                             .hint = {},
                             .error = typed.error_of("into")},
                            choices);
             });
}

void treat_forms(Writer& page, const Visit& visit, const Case& of, const Typed& typed) {
  const Language language = visit.language;
  if (of.report.state == ReportState::open) {
    page::heading(page, 2, msg::voices_steward_acknowledge(language));
    small_form(page, visit, typed,
               {.action = report_url(visit, of.report.id, "acknowledge"),
                .version = of.report.version,
                .field = "ack_words",
                .label = msg::voices_steward_acknowledge_words(language),
                .button = msg::voices_steward_acknowledge(language),
                .style = page::ButtonStyle::primary});
  }
  fixed_form(page, visit, of, typed);
  page::heading(page, 2, msg::voices_steward_not_a_problem(language));
  small_form(page, visit, typed,
             {.action = report_url(visit, of.report.id, "not-a-problem"),
              .version = of.report.version,
              .field = "reason",
              .label = msg::voices_steward_reason(language),
              .button = msg::voices_steward_not_a_problem(language)});
  merge_form(page, visit, of, typed);
}

void look_forms(Writer& page, const Visit& visit, const Report& report, const Typed& typed) {
  const Language language = visit.language;
  const bool held = report.state == ReportState::held;
  if (held) {
    page::heading(page, 2, msg::voices_steward_accept(language));
    small_form(page, visit, typed,
               {.action = report_url(visit, report.id, "accept"),
                .version = report.version,
                .field = {},
                .label = {},
                .button = msg::voices_steward_accept(language),
                .style = page::ButtonStyle::primary});
  }
  const std::string_view decline =
      held ? msg::voices_steward_decline(language) : msg::voices_steward_hide(language);
  page::heading(page, 2, decline);
  small_form(page, visit, typed,
             {.action = report_url(visit, report.id, "decline"),
              .version = report.version,
              .field = "hide_reason",
              .label = msg::voices_steward_reason_asker(language),
              .button = decline});
}

Result<net::Response> report_page(const Parts& parts, const Visit& visit, const Typed& typed) {
  const Language language = visit.language;
  MINBEN_TRY(of, read_case(parts, visit));
  const Report& report = of.report;
  Frame made = frame(visit, report_title(language, report));
  made.back = page::Link{std::string(msg::voices_steward_title(language)), desk_url(visit)};
  made.errors = typed.errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, report_title(language, report), Size::l);
        open::report_body(page, visit, {parts.index, of.names}, report);
        const bool open =
            report.state == ReportState::open || report.state == ReportState::acknowledged;
        if (open && of.ours) treat_forms(page, visit, of, typed);
        if (of_platform(parts, visit) && report.state != ReportState::declined)
          look_forms(page, visit, report, typed);
      },
      typed.status);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  return report_page(parts, visit, {});
}

Result<net::Response> accept(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReportId>("report"));
  return done(parts, visit,
              parts.voices.reports().accept(visit.officer(), id, open::posted_version(visit)),
              report_page);
}

Result<net::Response> decline(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReportId>("report"));
  return done(parts, visit,
              parts.voices.reports().decline(visit.officer(), id, open::posted_version(visit),
                                             visit.request.form.get("hide_reason")),
              report_page, {{"reason", "hide_reason"}});
}

Result<net::Response> acknowledge(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReportId>("report"));
  return done(parts, visit,
              parts.voices.reports().acknowledge(visit.officer(), id, open::posted_version(visit),
                                                 visit.request.form.get("ack_words")),
              report_page, {{"words", "ack_words"}});
}

Result<net::Response> fixed(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReportId>("report"));
  const net::Form& form = visit.request.form;
  const auto in = static_cast<int>(parse_integer(form.get("fixed_in"), 0, 1'000'000).value_or(-1));
  return done(parts, visit,
              parts.voices.reports().fixed(visit.officer(), id, open::posted_version(visit), in,
                                           form.get("fixed_words")),
              report_page, {{"words", "fixed_words"}});
}

Result<net::Response> not_a_problem(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReportId>("report"));
  return done(parts, visit,
              parts.voices.reports().not_a_problem(visit.officer(), id, open::posted_version(visit),
                                                   visit.request.form.get("reason")),
              report_page);
}

Result<net::Response> merge(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReportId>("report"));
  const auto into = ReportId::parse(visit.request.form.get("into"));
  return done(
      parts, visit,
      into ? parts.voices.reports().merge(visit.officer(), id, open::posted_version(visit), *into)
           : fail(Kind::invalid, "cannot_merge", "none is chosen", "into"),
      report_page);
}

}  // namespace

void add_reports(Pages& pages) {
  using page::access::data_steward;
  pages.get("/desk/data/reports/{report}", data_steward, show);
  pages.post("/desk/data/reports/{report}/accept", data_steward, accept);
  pages.post("/desk/data/reports/{report}/decline", data_steward, decline);
  pages.post("/desk/data/reports/{report}/acknowledge", data_steward, acknowledge);
  pages.post("/desk/data/reports/{report}/fixed", data_steward, fixed);
  pages.post("/desk/data/reports/{report}/not-a-problem", data_steward, not_a_problem);
  pages.post("/desk/data/reports/{report}/merge", data_steward, merge);
}

}  // namespace minben::steward
