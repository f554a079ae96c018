// Questions to the index.
#include "search.hpp"

#include <algorithm>
#include <cmath>

#include "index_impl.hpp"

namespace minben::catalogue {

Condition Condition::is(Field field, std::string value) {
  return {.kind = Kind::is, .field = field, .value = std::move(value)};
}
Condition Condition::all(std::vector<Condition> parts) {
  return {.kind = Kind::all, .parts = std::move(parts)};
}
Condition Condition::any(std::vector<Condition> parts) {
  return {.kind = Kind::any, .parts = std::move(parts)};
}

namespace {

constexpr std::size_t longest_words = 500;
constexpr std::size_t most_words = 20;
// Of what has only some of the words, that many of the best.
constexpr Xapian::doccount relaxed_limit = 500;

struct Found {
  Slot slot;
  double weight;
};

Xapian::Query query_of(const Run& run, std::string_view prefix, bool unfinished) {
  std::vector<Xapian::Query> terms;
  for (const std::string& term : wanted_terms(run)) terms.emplace_back(std::string(prefix) + term);
  if (unfinished && !run.chinese) {
    // Stems are shorter than words, so a word half typed is completed from its own letters.
    const std::string typed = std::string(prefix) + run.text;
    terms.back() = Xapian::Query(Xapian::Query::OP_OR, terms.back(),
                                 Xapian::Query(Xapian::Query::OP_WILDCARD, typed, 50,
                                               Xapian::Query::WILDCARD_LIMIT_MOST_FREQUENT));
  }
  return Xapian::Query(Xapian::Query::OP_AND, terms.begin(), terms.end());
}

std::vector<Found> matches(const Xapian::Database& database, const Xapian::Query& query,
                           Xapian::doccount limit, int percent = 0) {
  Xapian::Enquire enquire(database);
  enquire.set_query(query);
  enquire.set_docid_order(Xapian::Enquire::DONT_CARE);
  if (percent > 0) enquire.set_cutoff(percent);
  const Xapian::MSet set = enquire.get_mset(0, limit);
  std::vector<Found> found;
  found.reserve(set.size());
  for (auto it = set.begin(); it != set.end(); ++it) found.push_back({*it, it.get_weight()});
  return found;
}

struct Asked {
  std::vector<Xapian::Query> words;
  std::vector<Xapian::Query> telling;  ///< of words of more than one character: what is relaxed to
};

Asked asked(std::string_view text, std::string_view prefix, bool unfinished) {
  const std::string plain = folded(text.substr(0, longest_words));
  std::vector<Run> runs = asked_words(plain);
  if (runs.empty()) runs = runs_of(plain);  // nothing but small words: then they are meant
  if (runs.size() > most_words) runs.resize(most_words);
  Asked out;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    out.words.push_back(query_of(runs[i], prefix, unfinished && i + 1 == runs.size()));
    if (!runs[i].chinese || runs[i].text.size() > 3) out.telling.push_back(out.words.back());
  }
  return out;
}

struct Words {
  std::vector<Found> found;
  bool relaxed = false;
};

Words find_words(const Xapian::Database& database, std::string_view text, bool unfinished) {
  const Asked query = asked(text, text_prefix, unfinished);
  if (query.words.empty()) return {};
  Words words;
  words.found = matches(
      database, Xapian::Query(Xapian::Query::OP_AND, query.words.begin(), query.words.end()),
      database.get_doccount());
  if (!words.found.empty() || query.telling.size() < 2) return words;
  words.relaxed = true;
  words.found = matches(
      database, Xapian::Query(Xapian::Query::OP_OR, query.telling.begin(), query.telling.end()),
      relaxed_limit, 30);
  return words;
}

/// Slots that have all these words, sorted; a word of a condition is never relaxed.
std::vector<Slot> slots_with(const Xapian::Database& database, const std::string& text) {
  const bool title = text.starts_with("title:");
  const Asked query = asked(title ? std::string_view(text).substr(6) : std::string_view(text),
                            title ? title_prefix : text_prefix, false);
  std::vector<Slot> slots;
  if (query.words.empty()) return slots;
  for (const Found& each : matches(
           database, Xapian::Query(Xapian::Query::OP_AND, query.words.begin(), query.words.end()),
           database.get_doccount()))
    slots.push_back(each.slot);
  std::ranges::sort(slots);
  return slots;
}

/// Datasets that are used more come a little earlier.
double nudged(double weight, std::uint32_t popularity) {
  return weight * (1 + 0.05 * std::log1p(static_cast<double>(popularity)));
}

class Sorting {
 public:
  Sorting(const Columns& columns, const SearchQuery& query, bool with_words)
      : columns_(columns), order_(query.order), descending_(query.descending) {
    if (order_ == Order::relevance && !with_words) order_ = Order::popular;
  }
  /// Numbers to sort by become the weights: most comparisons then touch nothing else.
  void weigh(std::vector<Found>& found) const {
    const auto set = [&](auto&& number) {
      for (Found& each : found) each.weight = static_cast<double>(number(columns_.row(each.slot)));
    };
    if (order_ == Order::popular) set([](const auto& row) { return row.popularity; });
    // Microseconds since 1970 are below 2^53 until 2255.
    if (order_ == Order::modified) set([](const auto& row) { return row.modified; });
    if (order_ == Order::created) set([](const auto& row) { return row.created; });
  }
  /// Is `a` before `b`?
  bool operator()(const Found& a, const Found& b) const {
    const int difference = compare(a, b);
    if (difference != 0) return descending_ ? difference > 0 : difference < 0;
    const auto &left = columns_.row(a.slot), &right = columns_.row(b.slot);
    if (left.modified != right.modified) return left.modified > right.modified;
    return left.id < right.id;
  }

 private:
  [[nodiscard]] int compare(const Found& a, const Found& b) const {
    switch (order_) {
      case Order::title:
        return columns_.texts(a.slot).title.compare(columns_.texts(b.slot).title);
      case Order::name:
        return columns_.texts(a.slot).name.compare(columns_.texts(b.slot).name);
      default:
        return a.weight < b.weight ? -1 : a.weight > b.weight ? 1 : 0;
    }
  }
  const Columns& columns_;
  Order order_;
  bool descending_;
};

Result<void> check(const SearchQuery& query) {
  if (query.limit < 0 || query.limit > 1000)
    return fail(Kind::invalid, "out_of_range", "from 0 to 1000", "rows");
  if (query.offset < 0 || query.offset > 10'000'000)
    return fail(Kind::invalid, "out_of_range", "from 0 to 10000000", "start");
  return {};
}

Hits hits_of(const Columns& columns, const SearchQuery& query, std::vector<Found> found,
             bool with_words) {
  Hits hits;
  hits.total = static_cast<std::int64_t>(found.size());
  if (hits.total == columns.size()) {
    hits.facets = columns.count_all(query.facets, query.facet_limit);
  } else if (!query.facets.empty()) {
    std::vector<Slot> slots;
    slots.reserve(found.size());
    for (const Found& each : found) slots.push_back(each.slot);
    hits.facets = columns.count(slots, query.facets, query.facet_limit);
  }
  const auto size = static_cast<std::int64_t>(found.size());
  const auto from = static_cast<std::size_t>(std::min(query.offset, size));
  const auto to = static_cast<std::size_t>(std::min(query.offset + query.limit, size));
  if (from < to) {
    const Sorting sorting(columns, query, with_words);
    sorting.weigh(found);
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(to);
    std::ranges::nth_element(found, end, sorting);
    std::ranges::sort(found.begin(), end, sorting);
  }
  for (std::size_t i = from; i < to; ++i) hits.ids.push_back(columns.row(found[i].slot).id);
  return hits;
}

}  // namespace

Result<Hits> Index::search(const SearchQuery& query) const {
  MINBEN_CHECK(check(query));
  const bool with_words = !trim(query.words).empty();
  for (int attempt = 1;; ++attempt) {
    auto reader = impl_->reader();
    try {
      Words words;
      if (with_words) words = find_words(*reader, query.words, query.unfinished);
      const std::shared_lock lock(impl_->mutex);
      const Columns& columns = impl_->columns;
      const Filter filter(columns, query.where,
                          [&](const std::string& text) { return slots_with(*reader, text); });
      std::vector<Found> found;
      if (with_words) {
        for (const Found& each : words.found)
          if (each.slot < columns.end() && columns.row(each.slot).live() &&
              filter.matches(each.slot))
            found.push_back({each.slot, nudged(each.weight, columns.row(each.slot).popularity)});
      } else {
        found.reserve(static_cast<std::size_t>(columns.size()));
        for (Slot slot = 1; slot < columns.end(); ++slot)
          if (columns.row(slot).live() && filter.matches(slot)) found.push_back({slot, 0});
      }
      Hits hits = hits_of(columns, query, std::move(found), with_words);
      hits.relaxed = words.relaxed;
      impl_->give_back(std::move(reader));
      return hits;
    } catch (const Xapian::DatabaseModifiedError&) {
      // Two batches were written while this was read; the handle that is opened anew sees the
      // newest.
      if (attempt == 5) return fail(Kind::unavailable, "index_busy");
    } catch (const Xapian::Error& error) {
      return fail(Kind::internal, "index_failed", error.get_description());
    }
  }
}

std::vector<Suggestion> Index::suggest(std::string_view typed, std::size_t limit) const {
  std::vector<Suggestion> out;
  const std::string plain = folded(trim(typed));
  if (plain.empty()) return out;
  {
    const std::shared_lock lock(impl_->mutex);
    std::vector<const Columns::Value*> keywords;
    for (const Columns::Value& value : impl_->columns.values())
      if (value.field == Field::keyword && value.datasets > 0 &&
          value.comparable.find(plain) != std::string::npos)
        keywords.push_back(&value);
    std::ranges::sort(keywords, [](const auto* a, const auto* b) {
      return a->datasets != b->datasets ? a->datasets > b->datasets : a->text < b->text;
    });
    for (std::size_t i = 0; i < std::min<std::size_t>(keywords.size(), limit / 4 + 1); ++i)
      out.push_back({Suggestion::Kind::keyword, keywords[i]->text, keywords[i]->text});
    std::size_t publishers = 0;
    for (const Publisher& each : *impl_->publishers) {
      if (publishers == limit / 4 + 1) break;
      if (folded(each.title.zh_hant).find(plain) == std::string::npos &&
          folded(each.title.en).find(plain) == std::string::npos)
        continue;
      out.push_back(
          {Suggestion::Kind::publisher, each.title.in(Language::zh_hant), each.code.value});
      ++publishers;
    }
  }
  SearchQuery query;
  query.words = typed;
  query.limit = static_cast<std::int64_t>(limit - std::min(limit, out.size()));
  query.unfinished = true;
  if (const auto hits = search(query); hits && !hits->relaxed) {
    const std::shared_lock lock(impl_->mutex);
    for (const DatasetId& id : hits->ids)
      if (const Slot slot = impl_->columns.slot_of(id))
        out.push_back({Suggestion::Kind::dataset, impl_->columns.texts(slot).shown,
                       impl_->columns.texts(slot).name});
  }
  if (out.size() > limit) out.resize(limit);
  return out;
}

}  // namespace minben::catalogue
