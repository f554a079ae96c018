#include "question.hpp"
#include "search.hpp"
#include "text_search.hpp"

namespace minben::datastore {

namespace {

constexpr int max_bins = 200;

std::string measure_sql(const Aggregate& wanted, const std::string& column) {
  switch (wanted.measure) {
    case Aggregate::Measure::count:
      return "count(*)";
    case Aggregate::Measure::sum:
      return "sum(" + column + ")";
    case Aggregate::Measure::avg:
      return "avg(" + column + ")";
    case Aggregate::Measure::min:
      return "min(" + column + ")";
    case Aggregate::Measure::max:
      return "max(" + column + ")";
  }
  return "count(*)";
}

bool is_numeric(intake::Type type) {
  return type == intake::Type::integer || type == intake::Type::number;
}

class Aggregating {
 public:
  Aggregating(Datastore::Impl& own, const State& state, const Aggregate& wanted)
      : own_(own), state_(state), wanted_(wanted) {}

  Result<Bars> run() {
    MINBEN_CHECK(read());
    MINBEN_TRY(connection, own_.connect());
    Bars bars;
    bars.version = state_.table.version.number;
    MINBEN_TRY(rows, ask_number(connection, "select count(*)" + from_, where_.params,
                                own_.config.search_time));
    bars.rows = rows;
    if (wanted_.bucket == Aggregate::Bucket::histogram) {
      MINBEN_CHECK(histogram(connection, bars));
    } else {
      MINBEN_CHECK(groups(connection, bars));
    }
    return bars;
  }

 private:
  Result<void> read() {
    const auto& fields = state_.fields();
    if (wanted_.limit < 1 || wanted_.limit > Aggregate::max_bars)
      return fail(Kind::invalid, "bad_limit", "1 to 10000 bars", "limit");
    MINBEN_TRY(filter, parse_filters(wanted_.filters, fields));
    add_where(where_, filter, fields);
    MINBEN_CHECK(add_text_search(where_, wanted_.q, true, fields));
    from_ = " from " + state_.source() + " where " + where_.text;
    if (wanted_.measure != Aggregate::Measure::count) {
      MINBEN_TRY(of, field(wanted_.of));
      const bool any =
          wanted_.measure == Aggregate::Measure::min || wanted_.measure == Aggregate::Measure::max;
      if (!any && !is_numeric(of->type))
        return fail(Kind::invalid, "bad_field", "only numbers can be added up", wanted_.of);
      of_ = quote_name(of->name);
    }
    return read_group();
  }

  Result<void> read_group() {
    if (wanted_.group.empty()) {
      group_ = "null";
      if (wanted_.bucket != Aggregate::Bucket::values)
        return fail(Kind::invalid, "bad_field", "which field?", "group");
      return {};
    }
    MINBEN_TRY(by, field(wanted_.group));
    group_ = quote_name(by->name);
    const bool time = by->type == intake::Type::date || by->type == intake::Type::timestamp;
    switch (wanted_.bucket) {
      case Aggregate::Bucket::values:
        return {};
      case Aggregate::Bucket::histogram:
        if (is_numeric(by->type)) return {};
        return fail(Kind::invalid, "bad_field", "a histogram is of numbers", wanted_.group);
      case Aggregate::Bucket::year:
        unit_ = "year";
        break;
      case Aggregate::Bucket::month:
        unit_ = "month";
        break;
      case Aggregate::Bucket::day:
        unit_ = "day";
        break;
    }
    if (!time) return fail(Kind::invalid, "bad_field", "only times have years", wanted_.group);
    const std::string_view form = unit_ == "year" ? "%Y" : unit_ == "month" ? "%Y-%m" : "%Y-%m-%d";
    group_ = fmt::format("strftime(date_trunc('{}', {}), '{}')", unit_, group_, form);
    return {};
  }

  Result<const Field*> field(const std::string& name) const {
    const auto found = find_field(state_.fields(), name);
    if (!found || *found < 0)
      return fail(Kind::invalid, "bad_field", "there is no such field", name);
    return &state_.fields()[static_cast<std::size_t>(*found)];
  }

  Result<void> groups(Connection& connection, Bars& bars) {
    // Times in their order, the last ones when there are too many; others by their measure.
    const std::string order =
        unit_.empty() ? "3 desc nulls last, 2 desc, 1 nulls last" : "1 desc nulls last";
    const std::string sql =
        fmt::format("select {}, count(*), {}, count(*) over (){} group by 1 order by {} limit {}",
                    group_, measure_sql(wanted_, of_), from_, order, wanted_.limit);
    MINBEN_TRY(rows, connection.query(sql, where_.params, own_.config.search_time));
    std::int64_t shown = 0;
    while (true) {
      MINBEN_TRY(chunk, rows.next());
      if (chunk == nullptr) break;
      for (std::size_t row = 0; row < chunk->rows; ++row) {
        Bar& bar = bars.bars.emplace_back();
        if (!chunk->columns[0].is_null(row)) {
          bar.label = "";
          chunk->columns[0].append_text(*bar.label, row);
        }
        bar.rows = chunk->columns[1].integer(row);
        chunk->columns[2].append_json(bar.value, row);
        bars.groups = chunk->columns[3].integer(row);
        shown += bar.rows;
      }
    }
    if (!unit_.empty()) std::ranges::reverse(bars.bars);
    bars.others = bars.rows - shown;
    return {};
  }

  Result<void> histogram(Connection& connection, Bars& bars) {
    const int bins = std::min(wanted_.limit, max_bins);
    MINBEN_TRY(
        ends,
        connection.query(
            fmt::format("select min({0})::double, max({0})::double{1} and isfinite({0}::double)",
                        group_, from_),
            where_.params, own_.config.search_time));
    MINBEN_TRY(chunk, ends.next());
    if (chunk == nullptr || chunk->columns[0].is_null(0)) {
      bars.others = bars.rows;
      return {};
    }
    const double low = chunk->columns[0].number(0);
    const double high = chunk->columns[1].number(0);
    {
      const auto done = std::move(ends);
    }
    return fill_bins(connection, bars, low, high, low == high ? 1 : bins);
  }

  Result<void> fill_bins(Connection& connection, Bars& bars, double low, double high, int bins) {
    const double width = (high - low) / bins;
    for (int i = 0; i < bins; ++i) {
      Bar& bar = bars.bars.emplace_back();
      bar.from = low + width * i;
      bar.to = i + 1 == bins ? high : low + width * (i + 1);
      bar.value = wanted_.measure == Aggregate::Measure::count ? "0" : "null";
    }
    Sql sql = where_;
    const std::string from = sql.add(low);
    const std::string step = sql.add(width == 0 ? 1.0 : width);
    sql.text = fmt::format(
        "select least(floor(({0}::double - {1}) / {2}), {3})::bigint, count(*), {4}{5} and "
        "isfinite({0}::double) group by 1",
        group_, from, step, bins - 1, measure_sql(wanted_, of_), from_);
    MINBEN_TRY(rows, connection.query(sql.text, sql.params, own_.config.search_time));
    std::int64_t shown = 0;
    while (true) {
      MINBEN_TRY(chunk, rows.next());
      if (chunk == nullptr) break;
      for (std::size_t row = 0; row < chunk->rows; ++row) {
        Bar& bar = bars.bars[static_cast<std::size_t>(
            std::clamp<std::int64_t>(chunk->columns[0].integer(row), 0, bins - 1))];
        bar.rows = chunk->columns[1].integer(row);
        bar.value.clear();
        chunk->columns[2].append_json(bar.value, row);
        shown += bar.rows;
      }
    }
    bars.groups = bins;
    bars.others = bars.rows - shown;
    return {};
  }

  Datastore::Impl& own_;
  const State& state_;
  const Aggregate& wanted_;
  Sql where_{};
  std::string from_{};
  std::string group_{};
  std::string unit_{};
  std::string of_{};
};

}  // namespace

Result<Bars> Datastore::aggregate(TableId table, const Aggregate& wanted) {
  MINBEN_TRY(state, impl_->state(table, wanted.version));
  return Aggregating(*impl_, state, wanted).run();
}

}  // namespace minben::datastore
