#include "search.hpp"

#include "question.hpp"
#include "records.hpp"
#include "text_search.hpp"

namespace minben::datastore {

namespace {

RowForm form_of(RecordsFormat format) {
  switch (format) {
    case RecordsFormat::objects:
      return RowForm::object;
    case RecordsFormat::lists:
      return RowForm::list;
    case RecordsFormat::csv:
      return RowForm::csv;
    case RecordsFormat::tsv:
      return RowForm::tsv;
  }
  return RowForm::object;
}

/// Whether the rows come in the order of their numbers, or the other way round.
enum class Order { forwards, backwards, other };

Order order_of(const std::vector<SortKey>& keys) {
  if (keys.empty()) return Order::forwards;
  if (keys.front().field != Condition::row_number) return Order::other;
  return keys.front().descending ? Order::backwards : Order::forwards;
}

/// Everything that a search needs, and what it finds.
class Searching {
 public:
  Searching(Datastore::Impl& own, const State& state, const Search& search)
      : own_(own), state_(state), search_(search) {}

  Result<Page> run() {
    MINBEN_CHECK(read());
    Page page;
    page.version = state_.table.version.number;
    if (auto found = by_index()) {
      page.total = found->count();
      MINBEN_CHECK(page_of_matches(*found));
    } else {
      MINBEN_TRY(connection, own_.connect());
      connection_ = &connection;
      if (search_.include_total) {
        MINBEN_TRY(counted, total());
        page.total = counted;
      }
      MINBEN_CHECK(page_of_engine());
    }
    if (!search_.include_total) page.total.reset();
    finish(page);
    return page;
  }

 private:
  Result<void> read() {
    const auto& fields = state_.fields();
    if (search_.limit < 0 || search_.limit > Search::max_limit || search_.offset < 0)
      return fail(Kind::invalid, "bad_limit", "limit is 0 to 32000, offset is not negative",
                  search_.offset < 0 ? "offset" : "limit");
    MINBEN_TRY(filter, parse_filters(search_.filters, fields));
    filter_ = std::move(filter);
    MINBEN_TRY(keys, parse_sort(search_.sort, fields));
    keys_ = std::move(keys);
    MINBEN_TRY(chosen, find_fields(fields, search_.fields));
    chosen_ = std::move(chosen);
    if (chosen_.empty()) {
      // Rows that are distinct have no number.
      if (!search_.distinct) chosen_.push_back(Condition::row_number);
      for (int i = 0; i < std::ssize(fields); ++i) chosen_.push_back(i);
    }
    if (search_.distinct)
      for (const SortKey& key : keys_)
        if (std::ranges::find(chosen_, key.field) == chosen_.end())
          return fail(Kind::invalid, "bad_sort", "distinct rows are sorted by their own fields",
                      "sort");
    add_where(where_, filter_, fields);
    const std::size_t before = where_.text.size();
    MINBEN_CHECK(add_text_search(where_, search_.q, search_.plain, fields));
    has_text_ = where_.text.size() > before;
    for (const int field : chosen_) names_.push_back(name_of(field, fields));
    return {};
  }

  /// The rows that match, when the index knows.
  std::optional<Matches> by_index() {
    if (has_text_ || search_.distinct || order_of(keys_) == Order::other) return std::nullopt;
    const auto rows = static_cast<std::size_t>(state_.table.version.rows);
    if (filter_.is_everything()) return Matches(rows, true);
    const auto files = own_.open_files(state_);
    return files ? files->index->find(filter_) : std::nullopt;
  }

  Result<std::int64_t> total() {
    if (filter_.is_everything() && !has_text_ && !search_.distinct)
      return state_.table.version.rows;
    if (!has_text_ && !search_.distinct)
      if (const auto files = own_.open_files(state_))
        if (const auto found = files->index->find(filter_)) return found->count();
    std::string sql = search_.distinct
                          ? "select count(*) from (select distinct " +
                                columns_of(chosen_, state_.fields()) + " from " + state_.source() +
                                " where " + where_.text + ")"
                          : "select count(*) from " + state_.source() + " where " + where_.text;
    const std::string key = key_of(sql);
    if (const auto known = own_.totals.find(key)) return *known;
    MINBEN_TRY(counted, ask_number(*connection_, sql, where_.params, own_.config.search_time));
    own_.totals.keep(key, counted);
    return counted;
  }

  [[nodiscard]] std::string key_of(const std::string& sql) const {
    std::string key = sql;
    for (const Value& value : where_.params) {
      key += '\0';
      std::visit(
          [&]<class T>(const T& one) {
            if constexpr (std::is_same_v<T, std::string>) key += std::to_string(one.size()) + one;
            else if constexpr (std::is_same_v<T, Date> || std::is_same_v<T, Instant>)
              key += to_string(one);
            else if constexpr (!std::is_same_v<T, std::nullptr_t>) key += fmt::format("{}", one);
          },
          value);
    }
    return hex_encode(sha256(key));
  }

  Result<void> page_of_matches(const Matches& found) {
    const bool backwards = order_of(keys_) == Order::backwards;
    const auto numbers = found.page(search_.offset, search_.limit, backwards);
    return read_rows(numbers);
  }

  Result<void> page_of_engine() {
    if (search_.limit == 0) return {};
    if (search_.distinct) return read_all(distinct_sql());
    const std::string order = order_by(keys_, state_.fields(), true);
    const std::string page = fmt::format(" limit {} offset {}", search_.limit, search_.offset);
    const std::string rest = " from " + state_.source() + " where " + where_.text + order + page;
    // Narrow rows are sorted, and then whole ones are read by their numbers.
    MINBEN_TRY(rows, connection_->query("select file_row_number" + rest, where_.params,
                                        own_.config.search_time));
    std::vector<std::int64_t> numbers;
    while (true) {
      MINBEN_TRY(chunk, rows.next());
      if (chunk == nullptr) break;
      for (std::size_t row = 0; row < chunk->rows; ++row)
        numbers.push_back(chunk->columns[0].integer(row));
    }
    return read_rows(numbers);
  }

  [[nodiscard]] std::string distinct_sql() const {
    return "select distinct " + columns_of(chosen_, state_.fields()) + " from " + state_.source() +
           " where " + where_.text +
           (keys_.empty() ? " order by all" : order_by(keys_, state_.fields(), false)) +
           fmt::format(" limit {} offset {}", search_.limit, search_.offset);
  }

  Result<void> read_all(const std::string& sql) {
    const RecordWriter writer(form_of(search_.format), names_);
    MINBEN_TRY(rows, connection_->query(sql, where_.params, own_.config.search_time));
    while (true) {
      MINBEN_TRY(chunk, rows.next());
      if (chunk == nullptr) return {};
      for (std::size_t row = 0; row < chunk->rows; ++row) {
        separate();
        writer.row(records_, *chunk, row);
        ++count_;
      }
      MINBEN_CHECK(check_size());
    }
  }

  /// Rows by their numbers, in the order given.
  Result<void> read_rows(const std::vector<std::int64_t>& numbers) {
    if (numbers.empty()) return {};
    MINBEN_TRY(files, own_.open_files(state_));
    const RecordWriter writer(form_of(search_.format), names_);
    std::vector<bool> quoted;
    for (const int field : chosen_) quoted.push_back(field >= 0 && is_quoted(field));
    std::vector<Cell> chosen(chosen_.size());
    std::string id;
    MINBEN_CHECK(files.rows->read(numbers, [&](std::span<const Cell> cells) -> Result<void> {
      id = std::to_string(numbers[static_cast<std::size_t>(count_++)] + 1);
      for (std::size_t i = 0; i < chosen.size(); ++i)
        chosen[i] = chosen_[i] < 0 ? Cell{false, id} : cells[static_cast<std::size_t>(chosen_[i])];
      separate();
      writer.row(records_, chosen, quoted);
      return check_size();
    }));
    last_ = numbers.back();
    return {};
  }

  [[nodiscard]] bool is_quoted(int field) const {
    const intake::Type type = state_.fields()[static_cast<std::size_t>(field)].type;
    return type != intake::Type::integer && type != intake::Type::number &&
           type != intake::Type::boolean;
  }

  [[nodiscard]] Result<void> check_size() const {
    if (records_.size() <= Search::max_bytes) return {};
    return fail(Kind::too_large, "answer_too_large",
                "the rows have more than 64 MB: ask for fewer, or export them", "limit");
  }

  void separate() {
    const bool json =
        search_.format == RecordsFormat::objects || search_.format == RecordsFormat::lists;
    if (json && !records_.empty()) records_ += ',';
  }

  void finish(Page& page) {
    const auto& fields = state_.fields();
    for (const int field : chosen_)
      page.fields.push_back(
          {name_of(field, fields),
           field == Condition::row_number
               ? "int4"
               : std::string(postgres_type(fields[static_cast<std::size_t>(field)].type))});
    page.count = count_;
    if (search_.format == RecordsFormat::objects || search_.format == RecordsFormat::lists) {
      page.records = "[" + records_ + "]";
    } else {
      RecordWriter(form_of(search_.format), names_).header(page.records);
      page.records += records_;
    }
    page.next_page = nullptr;
    if (count_ == search_.limit && count_ > 0 && !search_.distinct &&
        order_of(keys_) != Order::other)
      page.next_page = filters_after(order_of(keys_) == Order::backwards);
  }

  /// What the search had, and only rows beyond the last one.
  [[nodiscard]] Json filters_after(bool backwards) const {
    const JsonObject beyond{{"_id", JsonObject{{backwards ? "lt" : "gt", last_ + 1}}}};
    if (filter_.is_everything()) return beyond;
    // The bound of the page before is replaced, so that filters do not grow from page to page.
    const JsonObject& given = search_.filters.get_object();
    if (given.size() == 1 && is_bound(search_.filters, backwards)) return beyond;
    if (const Json* both = given.if_contains("$and"); both != nullptr && given.size() == 1)
      if (both->get_array().size() == 2 && is_bound(both->get_array()[1], backwards))
        return JsonObject{{"$and", JsonArray{both->get_array()[0], beyond}}};
    return JsonObject{{"$and", JsonArray{search_.filters, beyond}}};
  }

  /// {"_id": {"gt": 7}}
  static bool is_bound(const Json& filters, bool backwards) {
    const Json* bound = find(filters, "_id");
    return bound != nullptr && filters.get_object().size() == 1 && bound->is_object() &&
           bound->get_object().size() == 1 && bound->get_object().contains(backwards ? "lt" : "gt");
  }

  Datastore::Impl& own_;
  const State& state_;
  const Search& search_;
  Connection* connection_ = nullptr;
  Filter filter_{};
  std::vector<SortKey> keys_{};
  std::vector<int> chosen_{};
  std::vector<std::string> names_{};
  Sql where_{};
  bool has_text_ = false;
  std::string records_{};
  std::int64_t count_ = 0;
  std::int64_t last_ = 0;
};

}  // namespace

Result<Page> Datastore::search(TableId table, const Search& search) {
  MINBEN_TRY(state, impl_->state(table, search.version));
  return Searching(*impl_, state, search).run();
}

}  // namespace minben::datastore
