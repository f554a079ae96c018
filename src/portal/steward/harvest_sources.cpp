// Sources that are harvested: all of them, and each with its runs and what can be done with it.
#include <algorithm>

#include <fmt/format.h>

#include "harvest_parts.hpp"
#include "page/charts.hpp"
#include "page/numbers.hpp"

namespace minben::steward {

namespace {

using harvest::SourceStatus;

constexpr int most_runs = 20;

void active_tag(Writer& page, Language language, const Source& source) {
  if (source.active) page::tag(page, msg::harvest_active(language), Tone::good);
  else page::tag(page, msg::harvest_off(language), Tone::neutral);
}

std::string next_text(Language language, const Source& source) {
  if (!source.active || !source.next_run_at) return std::string(msg::harvest_by_hand(language));
  return long_time(*source.next_run_at, language);
}

void last_run(Writer& page, Language language, const std::optional<Run>& last) {
  if (!last) {
    page << msg::harvest_never(language);
    return;
  }
  run_tags(page, language, *last);
  page << " " << long_time(last->asked_at, language);
}

void sources_chart(Writer& page, Language language, std::span<const SourceStatus> all) {
  page::BarChart chart{.title = std::string(msg::harvest_chart(language)),
                       .description = std::string(msg::harvest_chart_text(language)),
                       .label_title = std::string(msg::harvest_source(language)),
                       .value_title = std::string(msg::harvest_seen(language)),
                       .bars = {}};
  for (const SourceStatus& each : all)
    if (each.last)
      chart.bars.push_back({each.source.code.value, static_cast<double>(each.last->counts.seen),
                            count_text(each.last->counts.seen)});
  if (!chart.bars.empty()) page::bar_chart(page, language, "sources", chart);
}

void sources_table(Writer& page, const Visit& visit, std::span<const SourceStatus> all) {
  const Language language = visit.language;
  const page::Column columns[] = {
      {.title = std::string(msg::harvest_source(language)), .self_evident = true},
      {.title = std::string(msg::harvest_state(language))},
      {.title = std::string(msg::harvest_last_run(language))},
      {.title = std::string(msg::harvest_seen(language)), .numeric = true},
      {.title = std::string(msg::harvest_failed(language)), .numeric = true},
      {.title = std::string(msg::harvest_next_run(language))}};
  page::table(page, msg::harvest_sources(language), columns,
              [&](Writer& rows) {
                for (const SourceStatus& each : all)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& p) {
                      page::link(p, each.source.title.in(language),
                                 harvest_url(visit, {each.source.code.value}));
                      p << "<br><span class=\"mb-under\">" << each.source.code.value << "</span>";
                    });
                    cells.add([&](Writer& p) { active_tag(p, language, each.source); });
                    cells.add([&](Writer& p) { last_run(p, language, each.last); });
                    cells.add(each.last ? count_text(each.last->counts.seen) : std::string("–"));
                    cells.add(each.last ? count_text(each.last->counts.failed) : std::string("–"));
                    cells.add(next_text(language, each.source));
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

Result<net::Response> list(const Parts& parts, Visit& visit) {
  MINBEN_CHECK(check_platform(parts, visit));
  const Language language = visit.language;
  MINBEN_TRY(all, parts.database.separately(
                      [&](store::Transaction& tx) { return parts.harvester.sources(tx); }));
  Frame made = harvest_frame(visit, msg::harvest_title(language));
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::harvest_title(language), Size::l);
    page::paragraph(page, msg::harvest_text(language));
    page::link_button(page, msg::harvest_add(language), harvest_url(visit, {"new"}));
    if (all.empty()) return page::paragraph(page, msg::harvest_none(language));
    sources_table(page, visit, all);
    sources_chart(page, language, all);
  });
}

// ------------------------------------------------------------------------------------ one source

std::string publishers_text(Language language, const Source& source) {
  if (!source.publisher.empty()) return source.publisher;
  if (source.publishers.empty()) return std::string(msg::harvest_as_it_says(language));
  std::vector<std::string> lines;
  for (const auto& [there, here] : source.publishers)
    lines.push_back(fmt::format("{} = {}", there, here));
  return fmt::format("{}", fmt::join(lines, "\n"));
}

void facts(Writer& page, const Visit& visit, const Source& source) {
  const Language language = visit.language;
  page::summary_list(page, [&](Writer& rows) {
    page::summary_row(rows, msg::harvest_state(language),
                      [&](Writer& p) { active_tag(p, language, source); });
    page::summary_row(rows, msg::harvest_kind(language),
                      harvest_text(language, fmt::format("kind_{}", to_string(source.kind))));
    page::summary_row(rows, msg::harvest_address(language), [&](Writer& p) {
      if (const auto url = Url::published(source.url))
        page::outside_link(p, language, source.url, *url);
      else p << "–";
    });
    page::summary_row(rows, msg::harvest_schedule(language),
                      source.every_hours == 0 ? std::string(msg::harvest_by_hand(language))
                                              : msg::harvest_every(language, source.every_hours));
    page::summary_row(rows, msg::harvest_next_run(language), next_text(language, source));
    page::summary_row(rows, msg::harvest_publishers_row(language),
                      [&](Writer& p) { p.lines(publishers_text(language, source)); });
    page::summary_row(
        rows, msg::harvest_trust_row(language),
        source.trusted ? msg::harvest_trusted_yes(language) : msg::harvest_trusted_no(language));
    if (!source.key_file.empty())
      page::summary_row(rows, msg::harvest_key_row(language), msg::harvest_key_there(language));
  });
}

void begin_form(Writer& page, const Visit& visit, const Source& source, bool dry) {
  const Language language = visit.language;
  page::form(page, visit, harvest_url(visit, {source.code.value, "run"}), [&](Writer& form) {
    page::hidden(form, "dry", dry ? "yes" : "no");
    page::button(form, {.text = std::string(dry ? msg::harvest_dry(language)
                                                : msg::harvest_run_now(language)),
                        .style = source.active == dry ? page::ButtonStyle::secondary
                                                      : page::ButtonStyle::primary});
  });
}

void switch_form(Writer& page, const Visit& visit, const Source& source) {
  const Language language = visit.language;
  const std::string_view action = source.active ? "deactivate" : "activate";
  page::form(page, visit, harvest_url(visit, {source.code.value, action}), [&](Writer& form) {
    page::button(form, {.text = std::string(source.active ? msg::harvest_deactivate(language)
                                                          : msg::harvest_activate(language)),
                        .style = page::ButtonStyle::secondary});
  });
}

void actions(Writer& page, const Visit& visit, const Source& source) {
  const Language language = visit.language;
  page::paragraph(page, msg::harvest_dry_text(language));
  if (!source.active) page::paragraph(page, msg::harvest_activate_text(language));
  page::button_group(page, [&](Writer& group) {
    begin_form(group, visit, source, true);
    if (source.active) begin_form(group, visit, source, false);
    switch_form(group, visit, source);
    page::link_button(group, msg::harvest_change(language),
                      harvest_url(visit, {source.code.value, "edit"}),
                      page::ButtonStyle::secondary);
  });
}

/// The oldest on the left.
void trend(Writer& page, Language language, std::span<const Run> runs) {
  page::UprightChart chart{.title = std::string(msg::harvest_trend(language)),
                           .description = std::string(msg::harvest_trend_text(language)),
                           .label_title = std::string(msg::harvest_when(language)),
                           .value_title = std::string(msg::harvest_seen(language)),
                           .part_title = std::string(msg::harvest_failed(language)),
                           .bars = {},
                           .highest_text = {}};
  for (std::size_t i = runs.size(); i-- > 0;) {
    const Date day = taiwan_date(runs[i].asked_at);
    const auto failed = std::min(runs[i].counts.failed, runs[i].counts.seen);
    chart.bars.push_back(
        {fmt::format("{}/{}", static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day())),
         static_cast<double>(runs[i].counts.seen), static_cast<double>(failed),
         count_text(runs[i].counts.seen), count_text(failed)});
  }
  const auto highest = std::ranges::max_element(chart.bars, {}, &page::UprightBar::value);
  chart.highest_text = highest->text;
  page::upright_chart(page, language, "runs", chart);
}

void runs_table(Writer& page, const Visit& visit, const Source& source, std::span<const Run> runs) {
  const Language language = visit.language;
  std::vector<page::Column> columns{
      {.title = std::string(msg::harvest_when(language)), .self_evident = true},
      {.title = std::string(msg::harvest_result(language))}};
  for (const auto& title :
       {msg::harvest_seen(language), msg::harvest_created(language), msg::harvest_changed(language),
        msg::harvest_failed(language), msg::harvest_withdrawn(language)})
    columns.push_back({.title = std::string(title), .numeric = true});
  page::table(
      page, msg::harvest_runs(language), columns,
      [&](Writer& rows) {
        for (const Run& run : runs)
          page::stacked_row(rows, columns, [&](page::Cells& cells) {
            cells.head([&](Writer& p) {
              page::link(p, long_time(run.asked_at, language),
                         harvest_url(visit, {source.code.value, "runs", to_string(run.id)}));
            });
            cells.add([&](Writer& p) { run_tags(p, language, run); });
            const harvest::Counts& c = run.counts;
            for (const std::int64_t count : {c.seen, c.created, c.changed, c.failed, c.withdrawn})
              cells.add(count_text(count));
          });
      },
      {.caption_hidden = true, .stacks = true});
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(source, asked_source(parts, visit));
  return source_page(parts, visit, source, {});
}

/// Back to `to` with a notice, or the source's page with what was wrong.
template <class Work>
Result<net::Response> act(const Parts& parts, const Visit& visit, std::string_view notice,
                          Work&& work) {
  MINBEN_TRY(source, asked_source(parts, visit));
  Url to = harvest_url(visit, {source.code.value});
  const auto done = parts.database.transact(
      [&](store::Transaction& tx) -> Result<void> { return work(tx, source.code, to); });
  if (done) return page::redirect_with(visit, to, page::Notice::success, notice);
  const auto line = refusal(visit.language, done.error());
  if (!line) return fail(done.error());
  return source_page(parts, visit, source, {*line});
}

Result<net::Response> begin(const Parts& parts, Visit& visit) {
  const bool dry = visit.request.form.get("dry") != "no";
  return act(parts, visit, msg::harvest_began(visit.language),
             [&](store::Transaction& tx, const SourceCode& code, Url& to) -> Result<void> {
               MINBEN_TRY(run, parts.harvester.begin(
                                   tx, code, dry,
                                   to_string(catalogue::Actor{catalogue::Actor::Kind::officer,
                                                              to_string(visit.officer().id)})));
               to = harvest_url(visit, {code.value, "runs", to_string(run.id)});
               return {};
             });
}

Result<net::Response> activate(const Parts& parts, Visit& visit) {
  return act(parts, visit, msg::harvest_activated(visit.language),
             [&](store::Transaction& tx, const SourceCode& code, Url&) {
               return parts.harvester.activate(tx, code);
             });
}

Result<net::Response> deactivate(const Parts& parts, Visit& visit) {
  return act(parts, visit, msg::harvest_deactivated(visit.language),
             [&](store::Transaction& tx, const SourceCode& code, Url&) {
               return parts.harvester.deactivate(tx, code);
             });
}

}  // namespace

Result<net::Response> source_page(const Parts& parts, const Visit& visit, const Source& source,
                                  const Lines& errors) {
  const Language language = visit.language;
  MINBEN_TRY(runs, parts.database.separately([&](store::Transaction& tx) {
    return parts.harvester.runs(tx, source.code, most_runs);
  }));
  Frame made = harvest_frame(visit, source.title.in(language));
  made.back = to_sources(visit);
  made.errors = errors;
  made.wide = true;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, source.title.in(language), Size::l);
        facts(page, visit, source);
        actions(page, visit, source);
        page::heading(page, 2, msg::harvest_runs(language));
        if (runs.empty()) return page::paragraph(page, msg::harvest_no_runs(language));
        runs_table(page, visit, source, runs);
        if (runs.size() > 1) trend(page, language, runs);
      },
      errors.empty() ? 200 : 409);
}

std::string harvest_text(Language language, std::string_view key) {
  const auto text = msg::find_in_harvest(language, fmt::format("harvest_{}", key));
  return std::string(text ? *text : key);
}

Result<void> check_platform(const Parts& parts, const Visit& visit) {
  if (of_platform(parts, visit)) return {};
  return fail(Kind::forbidden, "role_missing", "for data stewards of the platform");
}

Url harvest_url(const Visit& visit, std::initializer_list<std::string_view> parts) {
  return desk_url(visit, {"harvest"}).below(parts);
}

Result<Source> asked_source(const Parts& parts, const Visit& visit) {
  MINBEN_CHECK(check_platform(parts, visit));
  const SourceCode code{std::string(visit.request.parameter("source"))};
  return parts.database.separately(
      [&](store::Transaction& tx) { return parts.harvester.source(tx, code); });
}

Frame harvest_frame(const Visit& visit, std::string_view title) {
  return frame(visit, title, Section::harvest);
}

page::Link to_sources(const Visit& visit) {
  return {std::string(msg::harvest_title(visit.language)), harvest_url(visit)};
}
page::Link to_source(const Visit& visit, const Source& source) {
  return {source.title.in(visit.language), harvest_url(visit, {source.code.value})};
}

void run_tags(Writer& page, Language language, const Run& run) {
  const auto tone = [&] {
    switch (run.state) {
      case RunState::waiting:
        return Tone::waiting;
      case RunState::running:
        return Tone::info;
      case RunState::held:
        return Tone::warn;
      case RunState::done:
        return run.code.empty() ? Tone::good : Tone::warn;
      case RunState::failed:
        return Tone::bad;
      case RunState::stopped:
        return Tone::neutral;
    }
    return Tone::neutral;
  };
  page::tag(page, harvest_text(language, fmt::format("state_{}", to_string(run.state))), tone());
  if (run.stopping && !run.over()) {
    page << " ";
    page::tag(page, msg::harvest_stopping_tag(language), Tone::waiting);
  }
  if (!run.dry) return;
  page << " ";
  page::tag(page, msg::harvest_dry_tag(language), Tone::neutral);
}

std::string run_reason(Language language, const Run& run) {
  if (run.code.empty()) return {};
  const auto text = msg::find_in_harvest(language, fmt::format("harvest_why_{}", run.code));
  return text ? std::string(*text) : run.code;
}

std::string count_text(std::int64_t count) { return page::number_text(static_cast<double>(count)); }

std::optional<page::ErrorLine> refusal(Language language, const Error& error) {
  if (error.kind != Kind::conflict && error.kind != Kind::invalid) return std::nullopt;
  const auto text = msg::find_in_harvest(language, fmt::format("harvest_fault_{}", error.code));
  return page::ErrorLine{"", text ? std::string(*text) : page::error_text(language, error.code)};
}

void add_harvest_sources(Pages& pages) {
  using page::access::data_steward;
  pages.get("/desk/data/harvest", data_steward, list);
  pages.get("/desk/data/harvest/{source}", data_steward, show);
  pages.post("/desk/data/harvest/{source}/run", data_steward, begin);
  pages.post("/desk/data/harvest/{source}/activate", data_steward, activate);
  pages.post("/desk/data/harvest/{source}/deactivate", data_steward, deactivate);
}

}  // namespace minben::steward
