// One run: how far it is, what became of each object, and what a steward can decide.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/shortened.hpp"
#include "harvest_parts.hpp"
#include "page/charts.hpp"
#include "page/numbers.hpp"

namespace minben::steward {

namespace {

using harvest::Object;
using harvest::ObjectState;

constexpr int page_size = 50;
constexpr std::size_t longest_value = 2000;
constexpr std::array<ObjectState, 6> states{ObjectState::failed,    ObjectState::changed,
                                            ObjectState::created,   ObjectState::withdrawn,
                                            ObjectState::unchanged, ObjectState::waiting};

std::int64_t count_of(const Run& run, ObjectState state) {
  const harvest::Counts& counts = run.counts;
  switch (state) {
    case ObjectState::created:
      return counts.created;
    case ObjectState::changed:
      return counts.changed;
    case ObjectState::unchanged:
      return counts.unchanged;
    case ObjectState::failed:
      return counts.failed;
    case ObjectState::withdrawn:
      return counts.withdrawn;
    case ObjectState::waiting:
      break;
  }
  return -1;  // not counted
}

Tone tone_of(ObjectState state) {
  switch (state) {
    case ObjectState::created:
      return Tone::good;
    case ObjectState::changed:
      return Tone::info;
    case ObjectState::failed:
      return Tone::bad;
    case ObjectState::withdrawn:
      return Tone::warn;
    case ObjectState::waiting:
      return Tone::waiting;
    case ObjectState::unchanged:
      break;
  }
  return Tone::neutral;
}

std::string state_text(Language language, ObjectState state) {
  return harvest_text(language, to_string(state));
}

Url run_url(const Visit& visit, const Run& run, std::initializer_list<std::string_view> more = {}) {
  return harvest_url(visit, {run.source.value, "runs", to_string(run.id)}).below(more);
}

/// A run of the path, which is of the source in the path.
struct Asked {
  Source source;
  Run run;
};
Result<Asked> asked_run(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(source, asked_source(parts, visit));
  MINBEN_TRY(id, visit.id<harvest::RunId>("run"));
  MINBEN_TRY(run, parts.database.separately(
                      [&](store::Transaction& tx) { return parts.harvester.run(tx, id); }));
  if (run.source != source.code) return fail(Kind::not_found, "no_such_run");
  return Asked{std::move(source), std::move(run)};
}

// ------------------------------------------------------------------------------------ standing

std::string by_text(Language language, std::string_view asked_by) {
  if (asked_by == "schedule") return std::string(msg::harvest_by_schedule(language));
  if (asked_by.starts_with("officer:")) return std::string(msg::harvest_by_officer(language));
  return std::string(msg::harvest_by_command(language));
}

void progress(Writer& page, Language language, const Run& run, Instant now) {
  if (run.over()) return;
  if (run.not_before > now)
    page::paragraph(page, msg::harvest_not_before(language, run.not_before));
  if (!run.expected || *run.expected <= 0)
    return page::paragraph(page, msg::harvest_progress_open(language, run.counts.seen));
  const std::int64_t seen = std::min(run.counts.seen + run.counts.hidden, *run.expected);
  page::paragraph(page, msg::harvest_progress(language, *run.expected, seen));
  page << "<progress class=\"mb-upload-progress\" max=\"" << *run.expected << "\" value=\"" << seen
       << "\" aria-label=\"" << msg::harvest_seen(language) << "\"></progress>";
}

void facts(Writer& page, Language language, const Run& run) {
  page::summary_list(page, [&](Writer& rows) {
    page::summary_row(rows, msg::harvest_asked(language),
                      long_time(run.started_at.value_or(run.asked_at), language));
    if (run.ended_at)
      page::summary_row(rows, msg::harvest_ended(language), long_time(*run.ended_at, language));
    page::summary_row(rows, msg::harvest_asked_by(language), by_text(language, run.asked_by));
    page::summary_row(rows, msg::harvest_since_row(language),
                      run.since ? msg::harvest_since(language, *run.since)
                                : std::string(msg::harvest_whole(language)));
    page::summary_row(rows, msg::harvest_requests_row(language),
                      msg::harvest_requests_text(language, page::bytes_text(run.counts.bytes),
                                                 run.counts.requests));
  });
}

void numbers(Writer& page, Language language, const Run& run) {
  page::BarChart chart{.title = std::string(msg::harvest_numbers(language)),
                       .description = std::string(msg::harvest_numbers_text(language)),
                       .label_title = std::string(msg::harvest_result(language)),
                       .value_title = std::string(msg::harvest_seen(language)),
                       .bars = {}};
  const auto bar = [&](std::string label, std::int64_t count, bool emphasised) {
    chart.bars.push_back(
        {std::move(label), static_cast<double>(count), count_text(count), emphasised});
  };
  for (const ObjectState state :
       {ObjectState::created, ObjectState::changed, ObjectState::unchanged, ObjectState::withdrawn})
    bar(state_text(language, state), count_of(run, state), false);
  bar(state_text(language, ObjectState::failed), run.counts.failed, true);
  bar(std::string(msg::harvest_hidden(language)), run.counts.hidden, false);
  page::bar_chart(page, language, "numbers", chart);
}

void standing(Writer& page, Language language, const Run& run, Instant now) {
  page << "<p class=\"govuk-body\">";
  run_tags(page, language, run);
  page << "</p>";
  progress(page, language, run, now);
  if (const std::string reason = run_reason(language, run); !reason.empty())
    page::inset_text(page, [&](Writer& inside) {
      inside << "<p class=\"govuk-body\">" << reason << "</p>";
      if (!run.detail.empty())
        inside << "<p class=\"govuk-hint\"><span lang=\"en\">" << run.detail << "</span></p>";
    });
  facts(page, language, run);
  numbers(page, language, run);
}

// ------------------------------------------------------------------------------------- decisions

void stop_form(Writer& page, const Visit& visit, const Run& run) {
  const Language language = visit.language;
  if (run.over() || run.stopping) return;
  page::paragraph(page, msg::harvest_stop_text(language));
  page::form(page, visit, run_url(visit, run, {"stop"}), [&](Writer& form) {
    page::button(form, {.text = std::string(msg::harvest_stop(language)),
                        .style = page::ButtonStyle::warning});
  });
}

void accept_form(Writer& page, const Visit& visit, const Run& run) {
  const Language language = visit.language;
  if (run.state != RunState::held) return;
  page::heading(page, 2, msg::harvest_held_title(language));
  page::warning_text(page, language, msg::harvest_held_text(language));
  page::form(page, visit, run_url(visit, run, {"accept"}), [&](Writer& form) {
    page::button(form, {.text = std::string(msg::harvest_accept(language)),
                        .style = page::ButtonStyle::warning});
  });
}

// --------------------------------------------------------------------------------------- objects

std::string shown(const Json& value) {
  if (value.is_null()) return "–";
  return shortened(value.is_string() ? std::string(std::string_view(value.get_string()))
                                     : write_json_pretty(value),
                   longest_value);
}

void differences(Writer& page, Language language, const Json& diff) {
  const auto* list = diff.if_array();
  if (!list || list->empty()) return;
  const page::Column columns[] = {{.title = std::string(msg::harvest_member(language))},
                                  {.title = std::string(msg::harvest_before(language))},
                                  {.title = std::string(msg::harvest_after(language))}};
  const std::string title(
      msg::harvest_differences(language, static_cast<std::int64_t>(list->size())));
  page::details(page, title, [&](Writer& inside) {
    page::table(inside, title, columns,
                [&](Writer& rows) {
                  for (const Json& each : *list)
                    page::stacked_row(rows, columns, [&](page::Cells& cells) {
                      cells.head([&](Writer& p) {
                        p << "<code class=\"mb-code\">" << string_or(each, "pointer") << "</code>";
                      });
                      for (const std::string_view side : {"before", "after"})
                        cells.add([&](Writer& p) {
                          const Json* value = find(each, side);
                          p.lines(value ? shown(*value) : std::string("–"));
                        });
                    });
                },
                {.caption_hidden = true, .stacks = true});
  });
}

void object_cell(Writer& page, const Visit& visit, const DatasetNames& names, const Object& object,
                 bool dry) {
  const Language language = visit.language;
  if (!object.dataset.is_nil() && names.contains(object.dataset)) {
    open::dataset_link(page, visit, names, object.dataset);
    page << "<br>";
  }
  if (const auto url = Url::published(object.url)) {
    page::outside_link(page, language, msg::harvest_at_source(language), *url);
    page << "<br>";
  }
  if (!object.code.empty())
    page << "<strong>" << object.code << "</strong> <span lang=\"en\">" << object.detail
         << "</span>";
  if (dry && (object.state == ObjectState::created || object.state == ObjectState::withdrawn))
    page << msg::harvest_would(language);
  differences(page, language, object.diff);
}

void objects_table(Writer& page, const Visit& visit, const DatasetNames& names,
                   std::span<const Object> objects, bool dry) {
  const Language language = visit.language;
  const page::Column columns[] = {
      {.title = std::string(msg::harvest_object(language)), .self_evident = true},
      {.title = std::string(msg::harvest_state(language))},
      {.title = std::string(msg::harvest_what(language))}};
  page::table(page, msg::harvest_objects(language), columns,
              [&](Writer& rows) {
                for (const Object& each : objects)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& p) {
                      p << "<span class=\"mb-hash\">" << each.identifier << "</span>";
                    });
                    cells.add([&](Writer& p) {
                      page::tag(p, state_text(language, each.state), tone_of(each.state));
                    });
                    cells.add([&](Writer& p) { object_cell(p, visit, names, each, dry); });
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

/// Which objects are looked at, and from where on.
struct Wanted {
  std::optional<ObjectState> state;
  std::string after;
};

Wanted wanted_objects(const Visit& visit) {
  Wanted wanted;
  for (const ObjectState each : states)
    if (to_string(each) == visit.request.query.get("state")) wanted.state = each;
  wanted.after = visit.request.query.get("after");
  return wanted;
}

Url objects_url(const Visit& visit, const Run& run, const std::optional<ObjectState>& state) {
  const Url url = run_url(visit, run);
  return state ? url.with("state", to_string(*state)) : url;
}

void state_links(Writer& page, const Visit& visit, const Run& run, const Wanted& wanted) {
  const Language language = visit.language;
  page << "<p class=\"mb-sorts\">";
  const auto one = [&](const std::optional<ObjectState>& state, const std::string& text) {
    if (state == wanted.state) page << "<strong aria-current=\"true\">" << text << "</strong> ";
    else {
      page::link(page, text, objects_url(visit, run, state).with_fragment("objects"));
      page << " ";
    }
  };
  one(std::nullopt, std::string(msg::harvest_objects_all(language)));
  for (const ObjectState state : states) {
    const std::int64_t count = count_of(run, state);
    if (count == 0 || (count < 0 && run.over())) continue;
    one(state, count < 0 ? state_text(language, state)
                         : fmt::format("{} {}", state_text(language, state), count_text(count)));
  }
  page << "</p>";
}

void paging(Writer& page, const Visit& visit, const Run& run, const Wanted& wanted,
            std::span<const Object> objects, bool more) {
  const Language language = visit.language;
  const Url first = objects_url(visit, run, wanted.state);
  page << "<p class=\"govuk-body mb-links\">";
  if (!wanted.after.empty()) {
    page::link(page, msg::harvest_first(language), first.with_fragment("objects"));
    page << " ";
  }
  if (more)
    page::link(page, msg::harvest_next(language),
               first.with("after", objects.back().identifier).with_fragment("objects"));
  page << "</p>";
}

struct Listed {
  Wanted wanted;
  std::vector<Object> objects;
  bool more = false;
  DatasetNames names;
};

Result<Listed> read_objects(const Parts& parts, const Visit& visit, const Run& run) {
  Listed listed;
  listed.wanted = wanted_objects(visit);
  MINBEN_TRY(objects, parts.database.separately([&](store::Transaction& tx) {
    return parts.harvester.objects(tx, run.id, listed.wanted.state, page_size + 1,
                                   listed.wanted.after);
  }));
  listed.more = objects.size() > page_size;
  if (listed.more) objects.pop_back();
  std::vector<catalogue::DatasetId> ids;
  for (const Object& each : objects)
    if (!each.dataset.is_nil()) ids.push_back(each.dataset);
  MINBEN_TRY(names, parts.names(visit, ids));
  listed.objects = std::move(objects);
  listed.names = std::move(names);
  return listed;
}

void objects_part(Writer& page, const Visit& visit, const Run& run, const Listed& listed) {
  const Language language = visit.language;
  page << "<h2 class=\"govuk-heading-m\" id=\"objects\">" << msg::harvest_objects(language)
       << "</h2>";
  state_links(page, visit, run, listed.wanted);
  if (listed.objects.empty()) return page::paragraph(page, msg::harvest_no_objects(language));
  objects_table(page, visit, listed.names, listed.objects, run.dry);
  paging(page, visit, run, listed.wanted, listed.objects, listed.more);
}

// ------------------------------------------------------------------------------------- the page

Result<net::Response> run_page(const Parts& parts, const Visit& visit, const Asked& asked,
                               const Lines& errors) {
  const Language language = visit.language;
  const Run& run = asked.run;
  MINBEN_TRY(listed, read_objects(parts, visit, run));
  Frame made = harvest_frame(visit, msg::harvest_run(language));
  made.back = to_source(visit, asked.source);
  made.errors = errors;
  made.wide = true;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, asked.source.title.in(language), Size::l);
        page << "<div id=\"live\" data-island=\"live\""
             << page::when(!run.over(), " data-poll=\"2000\"")
             << "><p class=\"govuk-hint\" role=\"status\" data-changed=\""
             << msg::harvest_over(language) << "\">";
        if (!run.over())
          page << "<span class=\"mb-only-script\">" << msg::harvest_live(language)
               << "</span><span class=\"mb-without-script\">" << msg::harvest_reload(language)
               << "</span>";
        page << "</p></div><div id=\"run-now\" data-live>";
        standing(page, language, run, visit.site.now());
        page << "</div><div id=\"run-decisions\" data-live>";
        stop_form(page, visit, run);
        accept_form(page, visit, run);
        page << "</div><div id=\"run-objects\" data-live>";
        objects_part(page, visit, run, listed);
        page << "</div>";
      },
      errors.empty() ? 200 : 409);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(asked, asked_run(parts, visit));
  return run_page(parts, visit, asked, {});
}

using Decision = Result<Run> (harvest::Harvester::*)(store::Transaction&, harvest::RunId) const;

Result<net::Response> decide(const Parts& parts, const Visit& visit, Decision decision,
                             std::string_view notice) {
  MINBEN_TRY(asked, asked_run(parts, visit));
  const auto done = parts.database.transact(
      [&](store::Transaction& tx) { return (parts.harvester.*decision)(tx, asked.run.id); });
  if (done)
    return page::redirect_with(visit, run_url(visit, asked.run), page::Notice::success, notice);
  const auto line = refusal(visit.language, done.error());
  if (!line) return fail(done.error());
  return run_page(parts, visit, asked, {*line});
}

Result<net::Response> stop(const Parts& parts, Visit& visit) {
  return decide(parts, visit, &harvest::Harvester::stop, msg::harvest_stopping(visit.language));
}
Result<net::Response> accept(const Parts& parts, Visit& visit) {
  return decide(parts, visit, &harvest::Harvester::accept, msg::harvest_accepted(visit.language));
}

}  // namespace

void add_harvest_runs(Pages& pages) {
  using page::access::data_steward;
  pages.get("/desk/data/harvest/{source}/runs/{run}", data_steward, show);
  pages.post("/desk/data/harvest/{source}/runs/{run}/stop", data_steward, stop);
  pages.post("/desk/data/harvest/{source}/runs/{run}/accept", data_steward, accept);
}

}  // namespace minben::steward
