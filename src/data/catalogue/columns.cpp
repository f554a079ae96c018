#include "columns.hpp"

#include <algorithm>
#include <array>

#include "vocabulary.hpp"
#include "words.hpp"

namespace minben::catalogue {

namespace {

std::string frequency_value(const Frequency& frequency) {
  switch (frequency.kind) {
    case Frequency::Kind::unknown:
      return "unknown";
    case Frequency::Kind::irregular:
      return "irregular";
    case Frequency::Kind::once:
      return "once";
    case Frequency::Kind::continuous:
      return "continuous";
    case Frequency::Kind::regular:
      break;
  }
  switch (frequency.unit) {
    case Frequency::Unit::minute:
    case Frequency::Unit::hour:
      return "continuous";
    case Frequency::Unit::day:
      return frequency.every < 7 ? "daily" : "weekly";
    case Frequency::Unit::week:
      return frequency.every < 4 ? "weekly" : "monthly";
    case Frequency::Unit::month:
      return frequency.every < 3 ? "monthly" : frequency.every < 12 ? "quarterly" : "yearly";
    case Frequency::Unit::year:
      return "yearly";
  }
  return "unknown";
}

std::string_view access_value(AccessRights rights) {
  switch (rights) {
    case AccessRights::open:
      return "open";
    case AccessRights::restricted:
      return "restricted";
    case AccessRights::closed:
      return "closed";
  }
  return {};
}

char code_of(Field field) { return static_cast<char>('A' + static_cast<int>(field)); }

}  // namespace

std::string comparable(Field field, std::string_view value) {
  switch (field) {
    case Field::keyword:
    case Field::place:
      return folded(value);
    case Field::format:
      return to_lower_ascii(value);
    default:
      return std::string(value);
  }
}

Facts facts_of(const Entry& entry) {
  const Dataset& d = entry.dataset;
  Facts facts;
  facts.id = d.id;
  facts.name = d.name;
  facts.shown = d.title.in(Language::zh_hant);
  facts.title = folded(facts.shown);
  facts.modified = entry.changed_at.time_since_epoch().count();
  facts.created = entry.created_at.time_since_epoch().count();
  const auto add = [&](Field field, std::string_view value) {
    if (value.empty()) return;
    std::pair<Field, std::string> made{field, value};
    if (std::ranges::find(facts.values, made) == facts.values.end())
      facts.values.push_back(std::move(made));
  };
  const auto add_all = [&](Field field, const std::vector<std::string>& values) {
    for (const std::string& each : values) add(field, each);
  };
  add(Field::publisher, d.publisher.value);
  add(Field::category, d.service_category);
  add_all(Field::theme, d.themes);
  add_all(Field::high_value, d.high_value_themes);
  add_all(Field::hvd, d.hvd_categories);
  add_all(Field::keyword, d.keywords);
  add_all(Field::keyword, d.keywords_en);
  add_all(Field::place, d.spatial);
  const vocabulary::Licence* licence = vocabulary::find_licence(d.licence);
  add(Field::licence, licence ? licence->term.code : std::string_view(d.licence));
  add(Field::frequency, frequency_value(d.frequency));
  add(Field::access, access_value(d.access_rights));
  add(Field::source, d.origin ? d.origin->source : "own");
  if (d.series) add(Field::series, to_string(*d.series));
  add(Field::kind, d.kind);
  for (const Distribution& each : d.distributions) add(Field::format, each.format);
  return facts;
}

// Fields separated by U+001F, which no member of a dataset may contain.
std::string write_facts(const Facts& facts) {
  std::string out = to_string(facts.id);
  const auto add = [&](std::string_view text) { (out += '\x1f') += text; };
  add(facts.name);
  add(facts.title);
  add(facts.shown);
  add(std::to_string(facts.modified));
  add(std::to_string(facts.created));
  for (const auto& [field, value] : facts.values) {
    add(std::string_view());
    (out += code_of(field)) += value;
  }
  return out;
}

Result<Facts> read_facts(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '\x1f');
  if (parts.size() < 6) return fail(Kind::internal, "broken_index");
  Facts facts;
  MINBEN_TRY(id, DatasetId::parse(parts[0]));
  facts.id = id;
  facts.name = parts[1];
  facts.title = parts[2];
  facts.shown = parts[3];
  const auto modified = parse_integer(parts[4]), created = parse_integer(parts[5]);
  if (!modified || !created) return fail(Kind::internal, "broken_index");
  facts.modified = *modified;
  facts.created = *created;
  for (std::size_t i = 6; i < parts.size(); ++i) {
    if (parts[i].empty()) return fail(Kind::internal, "broken_index");
    facts.values.emplace_back(static_cast<Field>(parts[i].front() - 'A'), parts[i].substr(1));
  }
  return facts;
}

// ------------------------------------------------------------------------------------- columns

std::uint32_t Columns::intern(Field field, const std::string& text) {
  std::string found_by = comparable(field, text);
  std::string key = code_of(field) + found_by;
  const auto [it, fresh] =
      interned_.emplace(std::move(key), static_cast<std::uint32_t>(values_.size()));
  if (fresh) {
    values_.push_back({field, text, std::move(found_by), 0});
    of_field_.at(static_cast<std::size_t>(field)).push_back(it->second);
  }
  return it->second;
}

void Columns::drop_values(Slot slot) {
  for (const std::uint32_t value : values_of(slot)) --values_[value].datasets;
  unused_ += rows_[slot].values;
  rows_[slot].values = 0;
}

void Columns::set_values(Slot slot, std::vector<std::uint32_t> values) {
  drop_values(slot);
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
  for (const std::uint32_t value : values) ++values_[value].datasets;
  if (unused_ > 1000 && unused_ > lists_.size() / 2) {
    std::vector<std::uint32_t> kept;
    kept.reserve(lists_.size() - unused_ + values.size());
    for (Slot each = 1; each < end(); ++each) {
      const auto own = values_of(each);
      rows_[each].values_from = static_cast<std::uint32_t>(kept.size());
      kept.insert(kept.end(), own.begin(), own.end());
    }
    lists_ = std::move(kept);
    unused_ = 0;
  }
  rows_[slot].values_from = static_cast<std::uint32_t>(lists_.size());
  rows_[slot].values = static_cast<std::uint32_t>(values.size());
  lists_.insert(lists_.end(), values.begin(), values.end());
}

std::optional<std::uint32_t> Columns::value(Field field, std::string_view text) const {
  const auto found = interned_.find(code_of(field) + comparable(field, text));
  if (found == interned_.end()) return std::nullopt;
  return found->second;
}

void Columns::put(Slot slot, const Facts& facts) {
  if (rows_.size() <= slot) {
    rows_.resize(slot + 1);
    texts_.resize(slot + 1);
  }
  remove(slot);
  Row& row = rows_[slot];
  row.id = facts.id;
  row.modified = facts.modified;
  row.created = facts.created;
  texts_[slot] = {facts.name, facts.title, facts.shown};
  std::vector<std::uint32_t> values;
  for (const auto& [field, value] : facts.values) values.push_back(intern(field, value));
  if (const auto known = marks_.find(facts.id); known != marks_.end())
    for (const std::string& each : known->second) values.push_back(intern(Field::mark, each));
  set_values(slot, std::move(values));
  if (const auto known = popularity_.find(facts.id); known != popularity_.end())
    row.popularity = known->second;
  slots_[facts.id] = slot;
  ++live_;
}

void Columns::remove(Slot slot) {
  if (slot >= rows_.size() || !rows_[slot].live()) return;
  drop_values(slot);
  slots_.erase(rows_[slot].id);
  rows_[slot] = {};
  texts_[slot] = {};
  --live_;
}

Slot Columns::slot_of(DatasetId id) const {
  const auto found = slots_.find(id);
  return found == slots_.end() ? 0 : found->second;
}

std::optional<std::int64_t> Columns::newest() const {
  std::optional<std::int64_t> newest;
  for (const Row& row : rows_)
    if (row.live() && (!newest || row.modified > *newest)) newest = row.modified;
  return newest;
}

void Columns::set_popularity(DatasetId id, std::uint32_t uses) {
  popularity_[id] = uses;
  if (const Slot slot = slot_of(id)) rows_[slot].popularity = uses;
}

void Columns::mark(DatasetId id, std::vector<std::string> marks) {
  if (const Slot slot = slot_of(id)) {
    std::vector<std::uint32_t> values;
    for (const std::uint32_t value : values_of(slot))
      if (values_[value].field != Field::mark) values.push_back(value);
    for (const std::string& each : marks) values.push_back(intern(Field::mark, each));
    set_values(slot, std::move(values));
  }
  marks_[id] = std::move(marks);
}

template <class CountOf>
Columns::Facets Columns::facets_by(const std::vector<Field>& facets, std::size_t limit,
                                   CountOf&& count_of) const {
  Facets out;
  for (const Field field : facets) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> found;  // how many, which
    for (const std::uint32_t value : of_field_.at(static_cast<std::size_t>(field)))
      if (const std::uint32_t datasets = count_of(value)) found.emplace_back(datasets, value);
    const std::size_t taken = std::min(limit, found.size());
    std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(taken),
                              [&](const auto& a, const auto& b) {
                                return a.first != b.first
                                           ? a.first > b.first
                                           : values_[a.second].text < values_[b.second].text;
                              });
    auto& list = out.emplace_back(field, std::vector<FacetValue>{}).second;
    for (std::size_t i = 0; i < taken; ++i)
      list.push_back({values_[found[i].second].text, found[i].first});
  }
  return out;
}

Columns::Facets Columns::count(const std::vector<Slot>& slots, const std::vector<Field>& facets,
                               std::size_t limit) const {
  std::vector<std::uint32_t> counts(values_.size());
  for (const Slot slot : slots)
    for (const std::uint32_t value : values_of(slot)) ++counts[value];
  return facets_by(facets, limit, [&](std::uint32_t value) { return counts[value]; });
}

Columns::Facets Columns::count_all(const std::vector<Field>& facets, std::size_t limit) const {
  return facets_by(facets, limit, [&](std::uint32_t value) { return values_[value].datasets; });
}

// -------------------------------------------------------------------------------------- filter

Filter::Filter(const Columns& columns, const Condition& condition, const Words& words)
    : columns_(columns), root_(prepare(columns, condition, words)) {}

namespace {

/// * stands for any characters, ? for one byte.
bool is_like(std::string_view text, std::string_view pattern) {
  std::size_t t = 0, p = 0, star = pattern.npos, from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++t;
      ++p;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

std::vector<std::uint32_t> values_like(const Columns& columns, Field field,
                                       const std::string& pattern) {
  std::vector<std::uint32_t> found;
  const std::string wanted = comparable(field, pattern);
  for (std::uint32_t value = 0; value < columns.values().size(); ++value)
    if (columns.values()[value].field == field &&
        is_like(columns.values()[value].comparable, wanted))
      found.push_back(value);
  return found;
}

}  // namespace

Filter::Node Filter::prepare(const Columns& columns, const Condition& condition,
                             const Words& words) {
  Node node{.kind = condition.kind};
  node.field = condition.field;
  node.moment = condition.moment;
  for (const Condition& part : condition.parts) node.parts.push_back(prepare(columns, part, words));
  if (condition.kind == Condition::Kind::is) {
    if (condition.field == Field::id) {
      if (const auto id = DatasetId::parse(condition.value)) node.id = *id;
    } else if (condition.field == Field::name) {
      for (Slot slot = 1; slot < columns.end(); ++slot)
        if (columns.row(slot).live() && columns.texts(slot).name == condition.value)
          node.id = columns.row(slot).id;
    } else {
      node.value = columns.value(condition.field, condition.value);
    }
  }
  if (condition.kind == Condition::Kind::like) {
    node.pattern = condition.value;
    node.values = values_like(columns, condition.field, condition.value);
  }
  if (condition.from) node.from = condition.from->time_since_epoch().count();
  if (condition.to) node.to = condition.to->time_since_epoch().count();
  if (condition.kind == Condition::Kind::words) node.slots = words(condition.value);
  return node;
}

bool Filter::matches(const Node& node, Slot slot) const {
  const Columns::Row& row = columns_.row(slot);
  const auto part = [&](const Node& each) { return matches(each, slot); };
  switch (node.kind) {
    case Condition::Kind::everything:
      return true;
    case Condition::Kind::all:
      return std::ranges::all_of(node.parts, part);
    case Condition::Kind::any:
      return std::ranges::any_of(node.parts, part);
    case Condition::Kind::none:
      return std::ranges::none_of(node.parts, part);
    case Condition::Kind::is:
      if (node.field == Field::id || node.field == Field::name)
        return !node.id.is_nil() && row.id == node.id;
      return node.value && std::ranges::binary_search(columns_.values_of(slot), *node.value);
    case Condition::Kind::like:
      if (node.field == Field::name) return is_like(columns_.texts(slot).name, node.pattern);
      if (node.field == Field::id) return is_like(to_string(row.id), node.pattern);
      return std::ranges::any_of(columns_.values_of(slot), [&](std::uint32_t value) {
        return std::ranges::binary_search(node.values, value);
      });
    case Condition::Kind::has:
      if (node.field == Field::id || node.field == Field::name) return true;
      return std::ranges::any_of(columns_.values_of(slot), [&](std::uint32_t value) {
        return columns_.values()[value].field == node.field;
      });
    case Condition::Kind::between: {
      const std::int64_t at = node.moment == Moment::modified ? row.modified : row.created;
      return at >= node.from && at <= node.to;
    }
    case Condition::Kind::words:
      return std::ranges::binary_search(node.slots, slot);
  }
  return false;
}

}  // namespace minben::catalogue
