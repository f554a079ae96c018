#include "difference.hpp"

#include "filters.hpp"
#include "core/large_json.hpp"
#include "impl.hpp"
#include "records.hpp"

namespace minben::datastore {

namespace {

constexpr int max_limit = 1'000;
constexpr int most_candidates = 3;

/// A field that both versions have.
struct Common {
  std::string name;
  bool same_type = true;
};

class Comparing {
 public:
  Comparing(Datastore::Impl& own, const State& before, const State& after, const Comparison& wanted)
      : own_(own), before_(before), after_(after), wanted_(wanted) {}

  Result<Difference> run() {
    if (wanted_.limit < 0 || wanted_.limit > max_limit || wanted_.offset < 0)
      return fail(Kind::invalid, "bad_limit", "limit is 0 to 1000", "limit");
    MINBEN_TRY(connection, own_.connect());
    connection_ = &connection;
    match_fields();
    MINBEN_CHECK(find_key());
    if (out_.key.empty()) {
      MINBEN_CHECK(compare_wholes());
    } else {
      MINBEN_CHECK(count_by_key());
      MINBEN_CHECK(page_by_key());
    }
    out_.rows = "[" + rows_ + "]";
    return std::move(out_);
  }

 private:
  void match_fields() {
    for (const Field& field : after_.fields()) {
      const auto old = std::ranges::find(before_.fields(), field.name, &Field::name);
      if (old == before_.fields().end()) out_.added_fields.push_back(field.name);
      else common_.push_back({field.name, old->type == field.type});
    }
    for (const Field& field : before_.fields())
      if (!is_common(field.name)) out_.removed_fields.push_back(field.name);
  }
  [[nodiscard]] bool is_common(const std::string& name) const {
    return std::ranges::find(common_, name, &Common::name) != common_.end();
  }

  Result<void> find_key() {
    if (!wanted_.key.empty()) {
      for (const std::string& name : wanted_.key)
        if (!is_common(name))
          return fail(Kind::invalid, "bad_field", "not a field of both versions", name);
      MINBEN_TRY(fits, tells_rows_apart(wanted_.key));
      if (!fits)
        return fail(Kind::invalid, "bad_key", "several rows have the same key",
                    wanted_.key.front());
      out_.key = wanted_.key;
      return {};
    }
    std::vector<std::vector<std::string>> candidates;
    if (!after_.table.primary_key.empty()) candidates.push_back(after_.table.primary_key);
    for (const Field& field : after_.fields())
      if (field.nulls == 0 && field.distinct * 10 >= after_.table.version.rows * 8 &&
          std::ssize(candidates) < most_candidates)
        candidates.push_back({field.name});
    for (const auto& candidate : candidates) {
      if (!std::ranges::all_of(candidate, [&](const auto& name) { return is_common(name); }))
        continue;
      MINBEN_TRY(fits, tells_rows_apart(candidate));
      if (!fits) continue;
      out_.key = candidate;
      return {};
    }
    return {};
  }

  Result<bool> tells_rows_apart(const std::vector<std::string>& key) {
    std::string names;
    for (const std::string& name : key) names += (names.empty() ? "" : ", ") + quote_name(name);
    for (const State* state : {&before_, &after_}) {
      MINBEN_TRY(twice, ask_number(*connection_,
                                   fmt::format("select count(*) from (select 1 from {} group by {} "
                                               "having count(*) > 1 limit 1)",
                                               state->source(), names),
                                   {}, own_.config.search_time));
      if (twice > 0) return false;
    }
    return true;
  }

  /// A common field of one side, so that both sides can be compared.
  static std::string side(char table, const Common& field) {
    const std::string column = std::string(1, table) + "." + quote_name(field.name);
    return field.same_type ? column : "cast(" + column + " as varchar)";
  }

  /// 0 removed, 1 changed, 2 added, 3 neither; joined by the key.
  [[nodiscard]] std::string joined() const {
    std::string same;
    std::string differ;
    for (const Common& field : common_) {
      const bool key = std::ranges::find(out_.key, field.name) != out_.key.end();
      std::string& to = key ? same : differ;
      if (!to.empty()) to += key ? " and " : " or ";
      to += side('a', field) + (key ? " is not distinct from " : " is distinct from ") +
            side('b', field);
    }
    if (differ.empty()) differ = "false";
    return fmt::format(
        "(select case when b.file_row_number is null then 0 when a.file_row_number is "
        "null then 2 when {} then 1 else 3 end as kind, a, b from {} a full outer join "
        "{} b on {})",
        differ, before_.source(), after_.source(), same);
  }

  Result<void> count_by_key() {
    MINBEN_TRY(rows, connection_->query("select kind, count(*) from " + joined() + " group by 1",
                                        {}, own_.config.search_time));
    std::array<std::int64_t*, 4> counts{&out_.removed, &out_.changed, &out_.added, &out_.unchanged};
    while (true) {
      MINBEN_TRY(chunk, rows.next());
      if (chunk == nullptr) return {};
      for (std::size_t row = 0; row < chunk->rows; ++row)
        *counts[static_cast<std::size_t>(chunk->columns[0].integer(row))] =
            chunk->columns[1].integer(row);
    }
  }

  Result<void> page_by_key() {
    if (wanted_.limit == 0) return {};
    std::string sql = "select kind";
    for (const Field& field : before_.fields()) sql += ", a." + quote_name(field.name);
    for (const Field& field : after_.fields()) sql += ", b." + quote_name(field.name);
    sql += " from " + joined() +
           " where kind < 3 order by kind, coalesce(b.file_row_number, a.file_row_number)" +
           fmt::format(" limit {} offset {}", wanted_.limit, wanted_.offset);
    MINBEN_TRY(rows, connection_->query(sql, {}, own_.config.search_time));
    const RecordWriter old(RowForm::object, names(before_));
    const RecordWriter fresh(RowForm::object, names(after_));
    const std::size_t second = 1 + before_.fields().size();
    while (true) {
      MINBEN_TRY(chunk, rows.next());
      if (chunk == nullptr) return {};
      for (std::size_t row = 0; row < chunk->rows; ++row) {
        if (!rows_.empty()) rows_ += ',';
        const auto kind = chunk->columns[0].integer(row);
        if (kind == 1) {
          add_changed(*chunk, row, second);
          continue;
        }
        rows_ += kind == 0 ? R"({"change":"removed","row":)" : R"({"change":"added","row":)";
        if (kind == 0) old.row(rows_, *chunk, row, 1);
        else fresh.row(rows_, *chunk, row, second);
        rows_ += '}';
      }
    }
  }

  void add_changed(const Chunk& chunk, std::size_t row, std::size_t second) {
    rows_ += R"({"change":"changed","key":{)";
    std::string cells;
    bool first_key = true;
    for (const Common& field : common_) {
      const auto& before = chunk.columns[1 + place(before_, field.name)];
      const auto& after = chunk.columns[second + place(after_, field.name)];
      if (std::ranges::find(out_.key, field.name) != out_.key.end()) {
        if (!std::exchange(first_key, false)) rows_ += ',';
        append_json_text(rows_, field.name);
        rows_ += ':';
        after.append_json(rows_, row);
        continue;
      }
      std::string old;
      std::string fresh;
      before.append_json(old, row);
      after.append_json(fresh, row);
      if (old == fresh) continue;
      if (!cells.empty()) cells += ',';
      append_json_text(cells, field.name);
      cells += ":[" + old + "," + fresh + "]";
    }
    rows_ += "},\"cells\":{" + cells + "}}";
  }

  static std::size_t place(const State& state, const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(state.fields(), name, &Field::name) -
                                    state.fields().begin());
  }
  static std::vector<std::string> names(const State& state) {
    std::vector<std::string> out;
    for (const Field& field : state.fields()) out.push_back(field.name);
    return out;
  }

  /// Each different row, and how many more of it there are now.
  [[nodiscard]] std::string wholes() const {
    std::string columns[2];
    std::string plain;
    for (std::size_t i = 0; i < common_.size(); ++i) {
      columns[0] += fmt::format("{} as c{}, ", side('a', common_[i]), i);
      columns[1] += fmt::format("{} as c{}, ", side('b', common_[i]), i);
      plain += fmt::format("c{}, ", i);
    }
    return fmt::format(
        "(select {}sum(s) as d, count(*) as n from (select {}-1 as s from {} a union all "
        "select {}1 as s from {} b) group by all)",
        plain, columns[0], before_.source(), columns[1], after_.source());
  }

  Result<void> compare_wholes() {
    const std::string all = wholes();
    {
      MINBEN_TRY(rows,
                 connection_->query("select sum(d) filter (d > 0)::bigint, -sum(d) filter (d < 0)"
                                    "::bigint, sum(n - abs(d))::bigint // 2 from " +
                                        all,
                                    {}, own_.config.search_time));
      MINBEN_TRY(chunk, rows.next());
      if (chunk == nullptr || chunk->rows == 0) return {};
      const auto number = [&](std::size_t i) {
        return chunk->columns[i].is_null(0) ? 0 : chunk->columns[i].integer(0);
      };
      out_.added = number(0);
      out_.removed = number(1);
      out_.unchanged = number(2);
    }
    return page_of_wholes(all);
  }

  Result<void> page_of_wholes(const std::string& all) {
    if (wanted_.limit == 0) return {};
    std::string sql = "select d::bigint";
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < common_.size(); ++i) {
      sql += fmt::format(", c{}", i);
      shown.push_back(common_[i].name);
    }
    sql += " from " + all + " where d <> 0 order by d > 0";
    for (std::size_t i = 0; i < common_.size(); ++i) sql += fmt::format(", c{}", i);
    sql += fmt::format(" limit {} offset {}", wanted_.limit, wanted_.offset);
    const RecordWriter writer(RowForm::object, shown);
    MINBEN_TRY(rows, connection_->query(sql, {}, own_.config.search_time));
    while (true) {
      MINBEN_TRY(chunk, rows.next());
      if (chunk == nullptr) return {};
      for (std::size_t row = 0; row < chunk->rows; ++row) {
        const std::int64_t more = chunk->columns[0].integer(row);
        if (!rows_.empty()) rows_ += ',';
        rows_ += more < 0 ? R"({"change":"removed",)" : R"({"change":"added",)";
        if (more != 1 && more != -1) rows_ += fmt::format("\"times\":{},", std::abs(more));
        rows_ += "\"row\":";
        writer.row(rows_, *chunk, row, 1);
        rows_ += '}';
      }
    }
  }

  Datastore::Impl& own_;
  const State& before_;
  const State& after_;
  const Comparison& wanted_;
  Connection* connection_ = nullptr;
  std::vector<Common> common_{};
  Difference out_{};
  std::string rows_{};
};

}  // namespace

Result<Difference> Datastore::compare(TableId table, const Comparison& wanted) {
  MINBEN_TRY(before, impl_->state(table, wanted.from));
  MINBEN_TRY(after, impl_->state(table, wanted.to));
  return Comparing(*impl_, before, after, wanted).run();
}

}  // namespace minben::datastore
