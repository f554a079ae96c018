// Problem reports: of a dataset, and one with what became of it.
#include <fmt/format.h>

#include "voices_parts.hpp"

namespace minben::open {

namespace {

using catalogue::Entry;
using voices::Report;
using voices::ReportId;
using voices::ReportLine;
using voices::ReportState;

constexpr std::array<std::string_view, 6> kinds{"broken_link",    "wrong_values", "encoding",
                                                "missing_update", "licence",      "other"};
constexpr int shown = 100;

Url report_url(const Visit& visit, const ReportId& id) {
  return visit.url({"data-reports", to_string(id)});
}
Url reports_url(const Visit& visit, const Entry& entry) {
  return dataset_url(visit, entry.dataset.name).below({"reports"});
}

void report_form(Writer& page, const Visit& visit, const Entry& entry, const Typed& typed) {
  const Language language = visit.language;
  page::heading(page, 2, msg::voices_report_new(language));
  if (!speaker(visit))
    page::inset_text(page, [&](Writer& p) { p << msg::voices_report_unknown(language); });
  std::vector<page::Choice> files{
      {"", std::string(msg::voices_report_whole(language)), {}, typed.value("file").empty()}};
  const auto wanted =
      typed.form ? typed.value("file") : std::string(visit.request.query.get("file"));
  for (std::size_t i = 0; i < entry.dataset.distributions.size(); ++i) {
    const catalogue::Distribution& each = entry.dataset.distributions[i];
    const std::string title = each.title.empty()
                                  ? msg::open_file(language, static_cast<std::int64_t>(i) + 1)
                                  : each.title.in(language);
    files.push_back({to_string(each.id),
                     fmt::format("{} {}", title, each.format),
                     {},
                     to_string(each.id) == wanted});
  }
  page::form(page, visit, reports_url(visit, entry), [&](Writer& p) {
    choice_field(p, language, typed, {"kind", msg::voices_report_kind(language)}, "problem_",
                 kinds);
    if (files.size() > 1)
      page::select(p,
                   {.name = "file",
                    .label = std::string(msg::voices_report_distribution(language)),
                    .hint = {},
                    .error = typed.error_of("file")},
                   files);
    text_field(p, typed, {"place", msg::voices_report_place(language)});
    words_field(p, language, typed, {"words", msg::voices_report_words(language)});
    if (speaker(visit))
      text_field(p, typed, {"name", msg::voices_name(language), msg::voices_name_hint(language)});
    page::button(p, msg::voices_report_send(language));
  });
}

Result<net::Response> list_page(const Parts& parts, const Visit& visit, const Typed& typed) {
  const Language language = visit.language;
  MINBEN_TRY(entry, entry_of(parts, visit));
  MINBEN_TRY(lines, parts.voices.reports().of_dataset(entry.dataset.id, shown));
  Frame made = frame(visit, msg::voices_reports_title(language), Section::datasets);
  made.back = page::Link{entry.dataset.title.in(language), dataset_url(visit, entry.dataset.name)};
  made.errors = typed.errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::voices_reports_title(language), Size::l);
        page::paragraph(page, entry.dataset.title.in(language));
        page::paragraph(page, msg::voices_reports_text(language));
        if (lines.empty()) page::paragraph(page, msg::voices_reports_none(language));
        else reports_table(page, visit, lines);
        report_form(page, visit, entry, typed);
      },
      typed.status);
}

Result<net::Response> list(const Parts& parts, Visit& visit) { return list_page(parts, visit, {}); }

Result<voices::NewReport> read_report(const Visit& visit, const Entry& entry) {
  const net::Form& form = visit.request.form;
  voices::NewReport report;
  report.dataset = entry.dataset.id;
  const auto kind = voices::parse_report_kind(form.get("kind"));
  if (!kind) return fail(Kind::invalid, "missing", "what is wrong", "kind");
  report.kind = *kind;
  if (!form.get("file").empty()) {
    const auto file = catalogue::DistributionId::parse(form.get("file"));
    if (!file) return fail(Kind::invalid, "no_such_distribution", "no id", "file");
    report.distribution = *file;
  }
  report.place = form.get("place");
  report.words = form.get("words");
  return report;
}

Result<net::Response> report(const Parts& parts, Visit& visit) {
  if (visit.signed_in() && visit.session().acting)
    return fail(Kind::forbidden, "acting_for_another");
  MINBEN_TRY(entry, entry_of(parts, visit));
  const auto read = read_report(visit, entry);
  const auto person = speaker(visit);
  Result<ReportId> made = fail(Kind::internal, "not_sent");
  if (!read) made = fail(read.error());
  else if (person)
    made = parts.voices.reports().report({*person, std::string(visit.request.form.get("name"))},
                                         *read);
  else made = parts.voices.reports().report_unknown(visit.request.remote_address, *read);
  if (!made) {
    const auto again = typed(visit, made.error());
    if (!again) return fail(made.error());
    return list_page(parts, visit, *again);
  }
  return page::redirect_with(visit, person ? report_url(visit, *made) : reports_url(visit, entry),
                             page::Notice::success,
                             person ? msg::voices_report_sent(visit.language)
                                    : msg::voices_report_sent_held(visit.language));
}

// ---------------------------------------------------------------------------------------- one

void me_too_form(Writer& page, const Parts& parts, const Visit& visit, const Report& report) {
  const Language language = visit.language;
  const auto person = speaker(visit);
  const bool has = person && (report.person == *person ||
                              parts.voices.reports().has_it_too(*person, report.id).value_or(true));
  if (!report.waiting() || has) return;
  page::form(page, visit, report_url(visit, report.id).below({"me-too"}), [&](Writer& p) {
    page::button(p, {.text = std::string(msg::voices_report_me_too(language)),
                     .style = page::ButtonStyle::secondary});
  });
}

void again_form(Writer& page, const Visit& visit, const Report& report, const Typed& typed) {
  const Language language = visit.language;
  const bool answered =
      report.state == ReportState::fixed || report.state == ReportState::not_a_problem;
  if (!answered || report.again) return;
  page::heading(page, 2, msg::voices_report_again(language));
  page::form(page, visit, report_url(visit, report.id).below({"again"}), [&](Writer& p) {
    page::hidden(p, "version", std::to_string(report.version));
    words_field(p, language, typed, {"words", msg::voices_report_again_words(language)});
    page::button(p, {.text = std::string(msg::voices_report_again(language)),
                     .style = page::ButtonStyle::secondary});
  });
}

std::string report_title(Language language, const ReportLine& line) {
  return msg::voices_report_one(
      language, voices_text(language, fmt::format("problem_{}", to_string(line.kind))));
}

Result<net::Response> report_page(const Parts& parts, const Visit& visit, const Typed& typed) {
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<ReportId>("report"));
  MINBEN_TRY(report, parts.voices.reports().find(id, speaker(visit)));
  MINBEN_TRY(names,
             dataset_names(parts.database, parts.catalogue, language, std::array{report.dataset}));
  const auto person = speaker(visit);
  Frame made = frame(visit, report_title(language, report), Section::datasets);
  if (const auto found = names.find(report.dataset); found != names.end())
    made.back = page::Link{std::string(msg::voices_reports_title(language)),
                           dataset_url(visit, found->second.name).below({"reports"})};
  made.errors = typed.errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, report_title(language, report), Size::l);
        if (report.state == ReportState::held || report.state == ReportState::declined)
          page::inset_text(page, [&](Writer& p) { p << msg::voices_report_held_text(language); });
        report_body(page, visit, {parts.index, names}, report);
        me_too_form(page, parts, visit, report);
        if (person && report.person == *person) again_form(page, visit, report, typed);
      },
      typed.status);
}

Result<net::Response> show_one(const Parts& parts, Visit& visit) {
  return report_page(parts, visit, {});
}

Result<net::Response> done(const Parts& parts, const Visit& visit, const Result<void>& result,
                           std::string_view notice) {
  if (result) {
    MINBEN_TRY(id, visit.id<ReportId>("report"));
    return page::redirect_with(visit, report_url(visit, id), page::Notice::success, notice);
  }
  const auto again = typed(visit, result.error());
  if (!again) return fail(result.error());
  return report_page(parts, visit, *again);
}

Result<net::Response> me_too(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReportId>("report"));
  return done(parts, visit, parts.voices.reports().me_too(visit.person(), id),
              msg::voices_report_me_too_done(visit.language));
}

Result<net::Response> again(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<ReportId>("report"));
  return done(parts, visit,
              parts.voices.reports().again(visit.person(), id, posted_version(visit),
                                           visit.request.form.get("words")),
              msg::voices_report_again_done(visit.language));
}

}  // namespace

std::optional<PersonId> speaker(const Visit& visit) {
  if (!visit.signed_in() || visit.session().acting || !visit.session().person())
    return std::nullopt;
  return visit.person();
}

void reports_table(Writer& page, const Visit& visit, std::span<const ReportLine> lines) {
  const Language language = visit.language;
  const page::Column columns[] = {
      {.title = std::string(msg::voices_report_kind(language)), .self_evident = true},
      {.title = std::string(msg::voices_steward_words(language))},
      {.title = std::string(msg::voices_column_state(language))},
      {.title = std::string(msg::voices_report_reported(language))}};
  page::table(page, msg::voices_reports_title(language), columns,
              [&](Writer& rows) {
                for (const ReportLine& line : lines)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& p) {
                      page::link(
                          p, voices_text(language, fmt::format("problem_{}", to_string(line.kind))),
                          report_url(visit, line.id));
                    });
                    cells.add([&](Writer& p) {
                      p.lines(line.words);
                      if (line.me_too > 0)
                        p << "<br><span class=\"mb-under\">"
                          << msg::voices_report_me_too_count(language, line.me_too) << "</span>";
                    });
                    cells.add([&](Writer& p) {
                      report_tags(p, visit, line);
                      if (line.fixed_in > 0)
                        p << "<br><span class=\"mb-under\">"
                          << msg::voices_report_fixed_in(language, line.fixed_in) << "</span>";
                    });
                    cells.add(long_date(taiwan_date(line.reported_at), language));
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

void add_reports(Pages& pages) {
  using page::access::anyone;
  using page::access::signed_in;
  pages.get("/datasets/{name}/reports", anyone, list);
  pages.post("/datasets/{name}/reports", anyone, report);
  pages.get("/data-reports/{report}", anyone, show_one);
  pages.post("/data-reports/{report}/me-too", signed_in, me_too);
  pages.post("/data-reports/{report}/again", signed_in, again);
}

}  // namespace minben::open
