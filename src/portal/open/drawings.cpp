#include "drawings.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "datastore/search.hpp"
#include "messages/preview.hpp"
#include "page/maps.hpp"
#include "page/numbers.hpp"

namespace minben::open {

namespace {

using datastore::Aggregate;
using datastore::Bars;
using datastore::Field;
using intake::Type;

constexpr int most_points = datastore::Search::max_limit;
constexpr int most_dots = 500;
constexpr int most_bars = 20;
constexpr int most_moments = 400;
constexpr int bins = 16;

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> number(const Json& value) {
  boost::system::error_code error;
  if (value.is_string()) return number(std::string_view(value.get_string()));
  const double found = value.to_number<double>(error);
  return error ? std::nullopt : std::optional(found);
}

/// Both conditions.
Json also(const Json& filters, std::string_view column, const Json& condition) {
  return JsonObject{{"$and", JsonArray{filters, JsonObject{{column, condition}}}}};
}

class Drawer {
 public:
  Drawer(const RowsOf& rows, const View& view, Language language)
      : rows_(rows), view_(view), language_(language) {}

  Result<std::optional<Drawing>> points();
  Result<std::optional<Drawing>> areas();
  Result<std::optional<Drawing>> lines();
  Result<std::optional<Drawing>> bars();
  Result<std::optional<Drawing>> histogram();
  Result<std::optional<Drawing>> scatter();

 private:
  [[nodiscard]] const Field* field(std::string_view name) const {
    const auto found = std::ranges::find(rows_.fields, name, &Field::name);
    return found == rows_.fields.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::string name(std::string_view column) const {
    const Field* found = field(column);
    return found ? column_name({.name = found->name, .label = found->label}, language_)
                 : std::string(column);
  }
  [[nodiscard]] page::PlotText text(std::string description = {}) const {
    return {.title = view_.title.in(language_),
            .description = std::move(description),
            .label_title = name(view_.across),
            .value_title = value_title()};
  }
  [[nodiscard]] std::string value_title() const {
    if (view_.measure.empty()) return std::string(msg::preview_rows(language_));
    return view_.mean ? msg::view_mean_of(language_, name(view_.measure))
                      : msg::view_sum_of(language_, name(view_.measure));
  }
  [[nodiscard]] Aggregate question(std::string group, int limit) const {
    Aggregate wanted;
    wanted.version = rows_.version;
    wanted.filters = rows_.filters;
    wanted.q = rows_.q;
    wanted.group = std::move(group);
    wanted.limit = limit;
    if (!view_.measure.empty()) {
      wanted.measure = view_.mean ? Aggregate::Measure::avg : Aggregate::Measure::sum;
      wanted.of = view_.measure;
    }
    return wanted;
  }
  Result<JsonArray> records(const std::vector<std::string>& columns, int limit,
                            std::int64_t& total) const;
  Result<void> add_areas(geography::AreaData& data, const Json& filters,
                         const std::string& before) const;
  [[nodiscard]] Aggregate::Bucket bucket() const;
  Result<void> add_line(page::LinePlot& plot, const Json& filters, const std::string& series);
  void set_moments(page::LinePlot& plot) const;

  const RowsOf& rows_;
  const View& view_;
  Language language_;
  /// Of each series the values by label of the moment.
  std::vector<std::map<std::string, std::optional<double>>> lines_;
};

Result<JsonArray> Drawer::records(const std::vector<std::string>& columns, int limit,
                                  std::int64_t& total) const {
  datastore::Search search;
  search.version = rows_.version;
  search.filters = rows_.filters;
  search.q = rows_.q;
  search.fields = columns;
  search.limit = limit;
  search.format = datastore::RecordsFormat::lists;
  MINBEN_TRY(page, rows_.store.search(rows_.table, search));
  total = page.total.value_or(page.count);
  MINBEN_TRY(parsed, parse_json(page.records, {.max_bytes = 256u << 20, .max_depth = 4}));
  return parsed.is_array() ? std::move(parsed.get_array()) : JsonArray{};
}

Result<std::optional<Drawing>> Drawer::points() {
  std::vector<std::string> columns{view_.across, view_.up};
  if (!view_.measure.empty()) columns.push_back(view_.measure);
  if (!view_.label.empty()) columns.push_back(view_.label);
  std::int64_t total = 0;
  MINBEN_TRY(records, records(columns, most_points, total));
  std::vector<geography::Point> points;
  for (const Json& record : records) {
    const JsonArray& cells = record.get_array();
    geography::Point point;
    constexpr double nowhere = 1e9;  // counted as not placed
    point.position = {number(cells[0]).value_or(nowhere), number(cells[1]).value_or(nowhere)};
    if (!view_.measure.empty()) point.value = number(cells[2]);
    if (!view_.label.empty()) point.label = page::value_text(cells.back());
    points.push_back(std::move(point));
  }
  auto map = geography::point_map(rows_.atlas, points);
  if (!map && map.error().code == "nothing_to_map") return std::nullopt;
  if (!map) return fail(map.error());
  const auto read = static_cast<std::int64_t>(records.size());
  return MapDrawing{.map = std::move(*map),
                    .value_title = view_.measure.empty() ? std::string(msg::preview_rows(language_))
                                                         : name(view_.measure),
                    .description = read < total ? msg::preview_first_rows(language_, read, total)
                                                : std::string()};
}

Result<void> Drawer::add_areas(geography::AreaData& data, const Json& filters,
                               const std::string& before) const {
  Aggregate wanted = question(view_.across, Aggregate::max_bars);
  wanted.filters = filters;
  MINBEN_TRY(found, rows_.store.aggregate(rows_.table, wanted));
  for (const datastore::Bar& bar : found.bars) {
    const auto value =
        view_.measure.empty() ? static_cast<double>(bar.rows) : number(std::string_view(bar.value));
    if (!value) continue;
    // A mean weighs as many rows as it was taken of, when areas are taken together.
    data.values.push_back({.area = before + bar.label.value_or(""),
                           .sum = view_.mean ? *value * static_cast<double>(bar.rows) : *value,
                           .rows = bar.rows});
  }
  return {};
}

Result<std::optional<Drawing>> Drawer::areas() {
  geography::AreaData data{
      .level = view_.level,
      .statistic = view_.mean ? geography::Statistic::mean : geography::Statistic::sum,
      .values = {}};
  if (view_.around.empty()) {
    MINBEN_CHECK(add_areas(data, rows_.filters, ""));
  } else {
    constexpr int most_counties = 30;
    Aggregate counties = question(view_.around, most_counties);
    MINBEN_TRY(found, rows_.store.aggregate(rows_.table, counties));
    for (const datastore::Bar& county : found.bars)
      if (county.label)
        MINBEN_CHECK(
            add_areas(data, also(rows_.filters, view_.around, Json(*county.label)), *county.label));
  }
  auto map = geography::choropleth(rows_.atlas, data);
  if (!map && map.error().code == "nothing_to_map") return std::nullopt;
  if (!map) return fail(map.error());
  return MapDrawing{.map = std::move(*map), .value_title = value_title(), .description = {}};
}

Aggregate::Bucket Drawer::bucket() const {
  const Field* time = field(view_.across);
  if (time == nullptr || (time->type != Type::date && time->type != Type::timestamp))
    return Aggregate::Bucket::values;
  constexpr std::int64_t most_days = 100;
  constexpr std::int64_t most_months = 120;
  const auto first = parse_date(time->least.substr(0, 10));
  const auto last = parse_date(time->most.substr(0, 10));
  if (!first || !last) return Aggregate::Bucket::month;
  const std::int64_t span = (std::chrono::sys_days(*last) - std::chrono::sys_days(*first)).count();
  return span <= most_days          ? Aggregate::Bucket::day
         : span <= most_months * 31 ? Aggregate::Bucket::month
                                    : Aggregate::Bucket::year;
}

Result<void> Drawer::add_line(page::LinePlot& plot, const Json& filters,
                              const std::string& series) {
  Aggregate wanted = question(view_.across, most_moments);
  wanted.filters = filters;
  wanted.bucket = bucket();
  MINBEN_TRY(found, rows_.store.aggregate(rows_.table, wanted));
  auto& line = lines_.emplace_back();
  for (const datastore::Bar& bar : found.bars)
    if (bar.label)
      line[*bar.label] = view_.measure.empty() ? static_cast<double>(bar.rows)
                                               : number(std::string_view(bar.value));
  plot.series.push_back({.name = series, .values = {}});
  return {};
}

/// "2026", "2026-05", "2026-05-01" and years of the Republic as places on an axis; others by their
/// order.
double moment(const std::string& label, std::size_t order) {
  if (label.size() == 10)
    if (const auto day = parse_date(label))
      return static_cast<double>(std::chrono::sys_days(*day).time_since_epoch().count());
  if (label.size() == 7 && label[4] == '-')
    return number(std::string_view(label).substr(0, 4)).value_or(0) * 12 +
           number(std::string_view(label).substr(5)).value_or(0);
  return static_cast<double>(order);
}

void Drawer::set_moments(page::LinePlot& plot) const {
  std::vector<std::string> labels;
  for (const auto& line : lines_)
    for (const auto& [label, value] : line) labels.push_back(label);
  std::ranges::sort(labels, [](const std::string& a, const std::string& b) {
    const auto left = number(std::string_view(a));
    const auto right = number(std::string_view(b));
    return left && right && *left != *right ? *left < *right : a < b;
  });
  const auto [first, last] = std::ranges::unique(labels);
  labels.erase(first, last);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    // Years that are numbers keep their distances; a mixture goes by order.
    const auto year = number(std::string_view(labels[i]));
    plot.moments.push_back({.at = year ? *year : moment(labels[i], i), .label = labels[i]});
  }
  if (!std::ranges::is_sorted(plot.moments, std::ranges::less_equal{}, &page::Moment::at))
    for (std::size_t i = 0; i < plot.moments.size(); ++i)
      plot.moments[i].at = static_cast<double>(i);
  for (std::size_t i = 0; i < plot.series.size(); ++i)
    for (const std::string& label : labels) {
      const auto found = lines_[i].find(label);
      plot.series[i].values.push_back(found == lines_[i].end() ? std::nullopt : found->second);
    }
}

Result<std::optional<Drawing>> Drawer::lines() {
  page::LinePlot plot{.text = text(), .moments = {}, .series = {}};
  if (view_.series.empty()) {
    MINBEN_CHECK(add_line(plot, rows_.filters, ""));
  } else {
    Aggregate kinds = question(view_.series, static_cast<int>(page::most_series));
    kinds.measure = Aggregate::Measure::count;
    MINBEN_TRY(found, rows_.store.aggregate(rows_.table, kinds));
    for (const datastore::Bar& kind : found.bars)
      MINBEN_CHECK(add_line(
          plot, also(rows_.filters, view_.series, kind.label ? Json(*kind.label) : Json(nullptr)),
          kind.label.value_or(std::string(msg::preview_no_value(language_)))));
  }
  set_moments(plot);
  if (plot.moments.size() < 2) return std::nullopt;
  return plot;
}

Result<std::optional<Drawing>> Drawer::bars() {
  MINBEN_TRY(found, rows_.store.aggregate(rows_.table, question(view_.across, most_bars)));
  page::BarsPlot plot{.text = text(), .labels = {}, .series = {{"", {}}}};
  for (const datastore::Bar& bar : found.bars) {
    plot.labels.push_back(bar.label.value_or(std::string(msg::preview_no_value(language_))));
    plot.series[0].values.push_back(view_.measure.empty() ? static_cast<double>(bar.rows)
                                                          : number(std::string_view(bar.value)));
  }
  if (plot.labels.empty()) return std::nullopt;
  const auto shown = static_cast<std::int64_t>(plot.labels.size());
  if (found.groups > shown)
    plot.text.description = msg::preview_more_groups(language_, found.groups, shown);
  return plot;
}

/// Where nearly all lie at the low end, that end is what is worth seeing.
Result<std::optional<Drawing>> Drawer::histogram() {
  constexpr int most_cuts = 4;
  Aggregate wanted = question(view_.across, bins);
  wanted.bucket = Aggregate::Bucket::histogram;
  std::int64_t above = 0;
  MINBEN_TRY(found, rows_.store.aggregate(rows_.table, wanted));
  for (int cut = 0; cut < most_cuts; ++cut) {
    std::int64_t all = 0;
    for (const datastore::Bar& bar : found.bars) all += bar.rows;
    if (found.bars.size() < 2 || found.bars[0].rows * 10 < all * 8) break;
    const Field* measured = field(view_.across);
    const double end = measured != nullptr && measured->type == Type::integer
                           ? std::floor(*found.bars[0].to)
                           : *found.bars[0].to;
    wanted.filters =
        also(wanted.filters, view_.across, JsonObject{{"lte", fmt::format("{}", end)}});
    auto narrower = rows_.store.aggregate(rows_.table, wanted);
    if (!narrower || narrower->bars.size() < 2) break;
    above += all - found.bars[0].rows;
    found = std::move(*narrower);
  }
  page::Histogram plot{.text = text(), .bins = {}};
  plot.text.value_title = msg::preview_rows(language_);
  for (const datastore::Bar& bar : found.bars)
    plot.bins.push_back({.from = *bar.from, .to = *bar.to, .count = bar.rows});
  if (plot.bins.size() < 2) return std::nullopt;
  if (above > 0) plot.text.description = msg::preview_above(language_, above);
  return plot;
}

Result<std::optional<Drawing>> Drawer::scatter() {
  std::vector<std::string> columns{view_.across, view_.up};
  if (!view_.label.empty()) columns.push_back(view_.label);
  std::int64_t total = 0;
  MINBEN_TRY(records, records(columns, most_dots, total));
  page::ScatterPlot plot{.text = text(), .dots = {}};
  plot.text.value_title = name(view_.up);
  for (const Json& record : records) {
    const JsonArray& cells = record.get_array();
    const auto x = number(cells[0]);
    const auto y = number(cells[1]);
    if (x && y)
      plot.dots.push_back(
          {.x = *x,
           .y = *y,
           .label = view_.label.empty() ? std::string() : page::value_text(cells.back())});
  }
  if (plot.dots.size() < 2) return std::nullopt;
  if (total > most_dots)
    plot.text.description = msg::preview_first_rows(language_, most_dots, total);
  return plot;
}

struct Write {
  Writer& page;
  Language language;
  std::string_view id;
  const View& view;

  void operator()(const MapDrawing& drawing) const {
    page::map_figure(page, language, id,
                     {.title = view.title.in(language),
                      .description = drawing.description,
                      .value_title = drawing.value_title},
                     drawing.map);
  }
  void operator()(const page::LinePlot& plot) const { page::line_plot(page, language, id, plot); }
  void operator()(const page::BarsPlot& plot) const { page::bars_plot(page, language, id, plot); }
  void operator()(const page::Histogram& plot) const { page::histogram(page, language, id, plot); }
  void operator()(const page::ScatterPlot& plot) const {
    page::scatter_plot(page, language, id, plot);
  }
};

}  // namespace

Result<std::optional<Drawing>> draw_view(const RowsOf& rows, const View& view, Language language) {
  Drawer drawer(rows, view, language);
  switch (view.kind) {
    case ViewKind::points:
      return drawer.points();
    case ViewKind::areas:
      return drawer.areas();
    case ViewKind::lines:
      return drawer.lines();
    case ViewKind::bars:
      return drawer.bars();
    case ViewKind::histogram:
      return drawer.histogram();
    case ViewKind::scatter:
      return drawer.scatter();
  }
  return std::nullopt;
}

void write_drawing(Writer& page, Language language, std::string_view id, const View& view,
                   const Drawing& drawing) {
  std::visit(Write{page, language, id, view}, drawing);
}

std::vector<View> views_of(const datastore::Version& version) {
  std::vector<ViewColumn> columns;
  for (const Field& field : version.fields)
    columns.push_back({.name = field.name,
                       .label = field.label,
                       .type = field.type,
                       .role = field.role,
                       .distinct = field.distinct});
  return choose_views(columns, version.rows);
}

}  // namespace minben::open
