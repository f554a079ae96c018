#include "views.hpp"

#include <algorithm>
#include <array>

#include "messages/preview.hpp"

namespace minben::open {

namespace {

using geography::Level;
using intake::Role;
using intake::Type;

constexpr std::size_t most_measures = 2;  ///< of one kind of chart
constexpr std::int64_t most_categories = 40;
constexpr std::int64_t most_series = 5;
constexpr std::int64_t least_measured = 3;  ///< different values: two are a yes or no
constexpr std::int64_t least_moments = 3;
constexpr std::int64_t least_spread = 12;  ///< different values of what is spread out

bool is_number(const ViewColumn& column) {
  return column.type == Type::integer || column.type == Type::number;
}

bool contains(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

/// Adding up rates, prices, levels or temperatures says nothing.
bool is_averaged(const ViewColumn& column) {
  static constexpr std::array<std::string_view, 27> words{
      "率",   "比",      "平均", "均",      "指數",  "濃度", "溫",   "濕度",        "單價",
      "密度", "級",      "評分", "分數",    "年齡",  "速",   "水位", "%",           "rate",
      "avg",  "average", "mean", "percent", "index", "aqi",  "pm2",  "temperature", "price"};
  const std::string name = to_lower_ascii(column.name + " " + column.label);
  // 總價 and 金額 may be added up; a density is also called 人口/面積.
  return contains(name, words);
}

/// "11407", "2021-03" in a column of that name.
bool is_period(const ViewColumn& column) {
  static constexpr std::array<std::string_view, 4> words{"年月", "月份", "year_month", "yyymm"};
  return (column.type == Type::text || column.type == Type::integer) &&
         contains(to_lower_ascii(column.name), words);
}

bool has_han(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0xE3; });
}

/// The columns by what they may be used for.
class Chooser {
 public:
  Chooser(std::span<const ViewColumn> columns, std::int64_t rows) : rows_(rows) {
    for (const ViewColumn& column : columns) sort_in(column);
  }

  std::vector<View> choose(std::size_t at_most) {
    if (rows_ < 2) return {};
    add_points();
    add_areas();
    add_lines();
    add_bars();
    add_histogram();
    add_scatter();
    if (views_.size() > at_most) views_.resize(at_most);
    return std::move(views_);
  }

 private:
  void sort_in(const ViewColumn& column) {
    switch (column.role) {
      case Role::longitude:
        keep(longitude_, column);
        return;
      case Role::latitude:
        keep(latitude_, column);
        return;
      case Role::county_code:
      case Role::county_name:
        if (column.role == Role::county_name) keep(county_name_, column);
        keep(areas_[static_cast<std::size_t>(Level::county)], column);
        return;
      case Role::town_code:
      case Role::town_name:
        keep(areas_[static_cast<std::size_t>(Level::town)], column);
        return;
      case Role::village_code:
        keep(areas_[static_cast<std::size_t>(Level::village)], column);
        return;
      case Role::identifier:
        if (column.type == Type::text) keep(identifier_, column);
        return;
      case Role::category:
        if (is_period(column)) return keep(period_, column);
        if (column.distinct >= 2 && column.distinct <= most_categories)
          categories_.push_back(&column);
        return;
      case Role::year:
        keep(year_, column);
        return;
      case Role::measure:
        if (is_number(column) && column.distinct >= least_measured) measures_.push_back(&column);
        return;
      case Role::none:
        break;
    }
    if (is_period(column)) return keep(period_, column);
    if (column.type == Type::date || column.type == Type::timestamp) keep(time_, column);
  }

  /// The first of its kind that has several values, or else the first.
  static void keep(const ViewColumn*& kept, const ViewColumn& column) {
    if (kept == nullptr || (kept->distinct < 2 && column.distinct >= 2)) kept = &column;
  }

  [[nodiscard]] std::span<const ViewColumn* const> measures() const {
    return std::span(measures_).first(std::min(measures_.size(), most_measures));
  }

  template <class Title>
  View& add(ViewKind kind, Title&& title) {
    View& view = views_.emplace_back();
    view.kind = kind;
    view.title = {title(Language::zh_hant), title(Language::en)};
    return view;
  }

  /// What is measured, with how, in words: "平均單價", "total of count".
  static std::string measured(const ViewColumn& measure, Language language) {
    const std::string name = column_name(measure, language);
    return is_averaged(measure) ? msg::view_mean_of(language, name)
                                : msg::view_sum_of(language, name);
  }

  void add_points() {
    if (longitude_ == nullptr || latitude_ == nullptr) return;
    const ViewColumn* measure = measures_.empty() ? nullptr : measures_.front();
    View& view = add(ViewKind::points, [&](Language language) {
      return measure == nullptr ? std::string(msg::view_points(language))
                                : msg::view_points_with(language, column_name(*measure, language));
    });
    view.across = longitude_->name;
    view.up = latitude_->name;
    if (measure != nullptr) view.measure = measure->name;
    view.mean = true;
    if (identifier_ != nullptr) view.label = identifier_->name;
  }

  /// The finest level of which a map can be drawn; of many villages, the town's column if there is.
  [[nodiscard]] const ViewColumn* area_column(Level& level) const {
    constexpr std::int64_t most_villages = 1'100;
    const ViewColumn* found = nullptr;
    for (const Level each : {Level::county, Level::town, Level::village}) {
      const ViewColumn* column = areas_[static_cast<std::size_t>(each)];
      if (column == nullptr || column->distinct < 2) continue;
      if (each == Level::village && column->distinct > most_villages && found != nullptr) continue;
      found = column;
      level = each;
    }
    return found;
  }

  void add_areas() {
    Level level = Level::county;
    const ViewColumn* area = area_column(level);
    if (area == nullptr) return;
    const auto complete = [&](View& view) {
      view.across = area->name;
      view.level = level;
      if (level == Level::town && area->role == Role::town_name && county_name_ != nullptr)
        view.around = county_name_->name;
    };
    for (const ViewColumn* measure : measures()) {
      View& view = add(ViewKind::areas, [&](Language language) {
        return msg::view_by(language, column_name(*area, language), measured(*measure, language));
      });
      complete(view);
      view.measure = measure->name;
      view.mean = is_averaged(*measure);
    }
    if (!measures_.empty() || rows_ <= area->distinct) return;
    complete(add(ViewKind::areas, [&](Language language) {
      return msg::view_rows_by(language, column_name(*area, language));
    }));
  }

  void add_lines() {
    const ViewColumn* time = nullptr;
    for (const ViewColumn* each : {time_, period_, year_})
      if (time == nullptr && each != nullptr && each->distinct >= least_moments) time = each;
    if (time == nullptr) return;
    const auto series = std::ranges::find_if(
        categories_, [](const ViewColumn* column) { return column->distinct <= most_series; });
    const auto complete = [&](View& view) {
      view.across = time->name;
      if (series != categories_.end()) view.series = (*series)->name;
    };
    for (const ViewColumn* measure : measures()) {
      View& view = add(ViewKind::lines, [&](Language language) {
        return msg::view_over(language, measured(*measure, language), column_name(*time, language));
      });
      complete(view);
      view.measure = measure->name;
      view.mean = is_averaged(*measure);
    }
    if (!measures_.empty() || rows_ <= time->distinct) return;
    complete(add(ViewKind::lines, [&](Language language) {
      return msg::view_rows_over(language, column_name(*time, language));
    }));
  }

  void add_bars() {
    if (categories_.empty()) return;
    const ViewColumn* category = categories_.front();
    if (measures_.empty()) {
      for (const ViewColumn* each :
           std::span(categories_).first(std::min(categories_.size(), most_measures)))
        add(ViewKind::bars, [&](Language language) {
          return msg::view_rows_by(language, column_name(*each, language));
        }).across = each->name;
      return;
    }
    const ViewColumn* measure = measures_.front();
    View& view = add(ViewKind::bars, [&](Language language) {
      return msg::view_by(language, column_name(*category, language), measured(*measure, language));
    });
    view.across = category->name;
    view.measure = measure->name;
    view.mean = is_averaged(*measure);
  }

  void add_histogram() {
    const auto measure = std::ranges::find_if(
        measures_, [](const ViewColumn* column) { return column->distinct >= least_spread; });
    if (measure == measures_.end()) return;
    add(ViewKind::histogram, [&](Language language) {
      return msg::view_spread(language, column_name(**measure, language));
    }).across = (*measure)->name;
  }

  void add_scatter() {
    std::vector<const ViewColumn*> spread;
    for (const ViewColumn* column : measures_)
      if (column->distinct >= least_spread) spread.push_back(column);
    if (spread.size() < 2) return;
    View& view = add(ViewKind::scatter, [&](Language language) {
      return msg::view_compared(language, column_name(*spread[0], language),
                                column_name(*spread[1], language));
    });
    view.across = spread[0]->name;
    view.up = spread[1]->name;
    if (identifier_ != nullptr) view.label = identifier_->name;
  }

  std::int64_t rows_;
  const ViewColumn* longitude_ = nullptr;
  const ViewColumn* latitude_ = nullptr;
  const ViewColumn* county_name_ = nullptr;
  std::array<const ViewColumn*, 3> areas_{};
  const ViewColumn* identifier_ = nullptr;
  const ViewColumn* year_ = nullptr;
  const ViewColumn* period_ = nullptr;
  const ViewColumn* time_ = nullptr;
  std::vector<const ViewColumn*> categories_;
  std::vector<const ViewColumn*> measures_;
  std::vector<View> views_;
};

}  // namespace

std::string column_name(const ViewColumn& column, Language language) {
  const bool chinese = language == Language::zh_hant;
  if (column.label.empty() || has_han(column.name) == chinese) return column.name;
  return has_han(column.label) == chinese ? column.label : column.name;
}

std::vector<View> choose_views(std::span<const ViewColumn> columns, std::int64_t rows,
                               std::size_t at_most) {
  return Chooser(columns, rows).choose(at_most);
}

}  // namespace minben::open
