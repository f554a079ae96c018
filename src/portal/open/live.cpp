// The page of a live stream: its values now, the last day drawn, and how to follow it.
#include "live.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "page/plots.hpp"

namespace minben::open {

using streams::Field;
using streams::Stream;

namespace {

constexpr int most_values = 500;
constexpr int most_curves = 4;

struct LivePage {
  const Parts& parts;
  const Visit& visit;
  catalogue::Entry entry;
  Stream stream;
  std::string about;  ///< the key that is drawn; "" = the average of all

  [[nodiscard]] std::string title() const {
    const auto& files = entry.dataset.distributions;
    const auto file = std::ranges::find(files, catalogue::DistributionId{stream.id.value},
                                        &catalogue::Distribution::id);
    const std::string& own = file->title.in(visit.language);
    return own.empty() ? entry.dataset.title.in(visit.language) : own;
  }
  [[nodiscard]] std::string key_label() const {
    return label_of(*std::ranges::find(stream.fields, stream.key, &Field::name));
  }
  [[nodiscard]] std::string address(std::string_view call) const {
    return fmt::format("{}/api/streams/{}/{}", visit.site.config().origin, to_string(stream.id),
                       call);
  }
};

Result<LivePage> live_page(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(entry, entry_of(parts, visit));
  const auto all = streams_of(parts, entry);
  const auto id = streams::StreamId::parse(visit.request.parameter("stream"));
  const auto found = id ? std::ranges::find(all, *id, &Stream::id) : all.end();
  if (found == all.end()) return fail(Kind::not_found, "no_such_page");
  return LivePage{parts, visit, std::move(entry), *found,
                  std::string(visit.request.query.get("about"))};
}

// ------------------------------------------------------------------------------- the last day

void choose_form(Writer& page, const LivePage& live) {
  const Language language = live.visit.language;
  const auto keys = live.parts.live->streams().latest(live.stream.id, most_values);
  if (!keys || keys->size() < 2) return;
  std::vector<page::Choice> choices{{.value = "",
                                     .label = std::string(msg::live_choose_all(language)),
                                     .chosen = live.about.empty()}};
  for (const auto& each : *keys)
    choices.push_back({.value = each.key, .label = each.key, .chosen = each.key == live.about});
  page << "<form method=\"get\" action=\""
       << live_url(live.visit, live.entry.dataset.name, live.stream.id)
       << "\" class=\"mb-live__choose\">";
  page::Field field;
  field.name = "about";
  field.label = msg::live_choose(language, live.key_label());
  page::select(page, field, choices);
  page::button(page, {.text = std::string(msg::live_choose_button(language)),
                      .style = page::ButtonStyle::secondary,
                      .once = false});
  page << "</form>";
}

std::optional<page::LinePlot> plot_of(const LivePage& live, const Field& field) {
  const Language language = live.visit.language;
  const auto curve = live.parts.live->streams().last_day(live.stream.id, field.name, live.about);
  if (!curve || curve->points.size() < 2) return std::nullopt;
  page::LinePlot plot;
  const std::string name =
      field.unit.empty() ? label_of(field) : fmt::format("{} ({})", label_of(field), field.unit);
  plot.text = {.title = live.about.empty() ? msg::live_curve(language, name)
                                           : msg::live_curve_of(language, name, live.about),
               .description = msg::live_curve_text(
                   language, static_cast<std::int64_t>(
                                 std::chrono::duration_cast<minutes>(curve->step).count())),
               .label_title = std::string(msg::live_time(language)),
               .value_title = name};
  page::Series series;
  for (const auto& point : curve->points) {
    const std::string at = taiwan_time(point.from);
    plot.moments.push_back(
        {std::chrono::duration<double>(point.from - curve->begin).count(), at.substr(5, 11)});
    series.values.emplace_back(point.mean);
  }
  plot.series.push_back(std::move(series));
  return plot;
}

void last_day(Writer& page, const LivePage& live) {
  const Language language = live.visit.language;
  std::vector<page::LinePlot> plots;
  bool any = false;
  for (const Field& field : live.stream.fields) {
    if (field.type != intake::Type::integer && field.type != intake::Type::number) continue;
    if (field.name == live.stream.key) continue;
    any = true;
    if (plots.size() == most_curves) break;
    if (auto plot = plot_of(live, field)) plots.push_back(std::move(*plot));
  }
  if (!any) return;
  page::heading(page, 2, msg::live_day(language));
  choose_form(page, live);
  if (plots.empty()) return page::paragraph(page, msg::live_too_few(language));
  page << "<div class=\"mb-drawings\">";
  for (std::size_t i = 0; i < plots.size(); ++i) {
    page << "<div class=\"mb-drawing\">";
    page::line_plot(page, language, fmt::format("day{}", i), plots[i]);
    page << "</div>";
  }
  page << "</div>";
}

// ------------------------------------------------------------------------------- following it

void code(Writer& page, std::string_view name, const std::string& text) {
  page << "<p class=\"govuk-body mb-code-title\">" << name
       << "</p><pre class=\"mb-code-block\" tabindex=\"0\" role=\"region\" aria-label=\"" << name
       << "\"><code>" << text << "</code></pre>";
}

void ways_to_follow(Writer& page, const LivePage& live) {
  const Language language = live.visit.language;
  const std::string events = live.address("events"), key = live.key_label();
  page::heading(page, 2, msg::live_follow(language));
  page::paragraph(page, msg::live_follow_text(language, live.stream.retention_days));
  code(page, msg::live_follow_curl(language), fmt::format("curl -N '{}'", events));
  code(page, msg::live_follow_back(language),
       fmt::format("curl -N '{}' -H 'Last-Event-ID: {}'", events, live.stream.last));
  code(page, msg::live_follow_latest(language, key),
       fmt::format("curl '{}?format=csv'", live.address("latest")));
  page::details(page, msg::live_follow_script(language), [&](Writer& inside) {
    code(inside, msg::live_follow_script(language),
         fmt::format("const source = new EventSource('{}');\nsource.onmessage = (event) => {{\n"
                     "  const {{ sequence, received_at, record }} = JSON.parse(event.data);\n"
                     "  console.log(sequence, record);\n}};",
                     events));
    code(inside, msg::live_follow_key(language, key), fmt::format("curl -N '{}?key=…'", events));
    code(inside, msg::live_follow_records(language),
         fmt::format("curl '{}?after={}&limit=1000&format=ndjson'", live.address("records"),
                     live.stream.pruned));
  });
  page::heading(page, 2, msg::live_hook(language));
  page::paragraph(page, msg::live_hook_text(language));
  page::link_button(page, msg::live_hook_button(language),
                    live.visit.url({"my-open-data", "webhooks", "new", to_string(live.stream.id)}),
                    page::ButtonStyle::secondary);
}

void history_link(Writer& page, const LivePage& live) {
  const Language language = live.visit.language;
  page::heading(page, 2, msg::live_history(language));
  page << "<p class=\"govuk-body\"><a class=\"govuk-link\" href=\""
       << table_url(live.visit, live.entry.dataset.name, {live.stream.id.value}) << "\">"
       << msg::live_history_link(language) << "</a></p>";
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(live, live_page(parts, visit));
  const Language language = visit.language;
  const auto& dataset = live.entry.dataset;
  Frame made = frame(visit, msg::live_title(language, live.title()), Section::datasets);
  made.wide = true;
  made.trail = {{std::string(msg::open_title(language)), search_url(visit)},
                {dataset.title.in(language), dataset_url(visit, dataset.name)},
                {live.title(), live_url(visit, dataset.name, live.stream.id)}};
  return html_page(visit, made, [&](Writer& page) {
    page << "<h1 class=\"govuk-heading-l\">" << live.title() << " ";
    live_mark(page, visit);
    page << "</h1>";
    live_facts(page, parts, visit, live.stream);
    page::heading(page, 2, msg::live_now(language));
    live_values(page, parts, visit, live.entry, live.stream, most_values);
    last_day(page, live);
    ways_to_follow(page, live);
    history_link(page, live);
    page << "<p class=\"mb-source\">" << publisher_name(parts, visit, dataset.publisher) << " · "
         << licence_name(dataset.licence, language) << "</p>";
  });
}

}  // namespace

void add_live(Pages& pages) {
  pages.get("/datasets/{name}/live/{stream}", page::access::anyone, show);
}

}  // namespace minben::open
