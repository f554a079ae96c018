#include "register/book.hpp"

#include <fstream>

namespace outside::registers {

namespace {

std::string json_type(const Json& value) {
  if (value.is_string()) return "string";
  if (value.is_bool()) return "boolean";
  if (value.is_int64() || value.is_uint64()) return "integer";
  if (value.is_double()) return "number";
  if (value.is_array()) return "array";
  return value.is_object() ? "object" : "null";
}

struct Entry {
  std::string service;
  std::vector<std::string> keys;
  Json value;
};

/// "key", or all of "keys".
Result<std::vector<std::string>> read_keys(const Json& line) {
  std::vector<std::string> keys;
  if (const Json* list = minben::find(line, "keys"); list != nullptr && list->is_array()) {
    for (const Json& each : list->get_array())
      if (each.is_string()) keys.emplace_back(each.get_string());
    if (keys.size() != list->get_array().size()) keys.clear();
  } else {
    MINBEN_TRY(key, get_string(line, "key"));
    keys.push_back(std::move(key));
  }
  const bool good = std::ranges::all_of(
      keys, [](const std::string& key) { return !key.empty() && key.size() <= 200; });
  if (keys.empty() || !good) return fail(Kind::invalid, "bad_key", "1 to 200 bytes", "key");
  return keys;
}

Result<Entry> read_entry(const Json& line) {
  MINBEN_TRY(service, get_string(line, "service"));
  MINBEN_TRY(keys, read_keys(line));
  const Json* value = minben::find(line, "value");
  if (!is_code(service)) return fail(Kind::invalid, "not_a_code", service, "service");
  if (!value || !value->is_object())
    return fail(Kind::invalid, "wrong_type", "expected an object", "value");
  return Entry{std::move(service), std::move(keys), *value};
}

}  // namespace

Result<std::unique_ptr<Book>> Book::open(const std::filesystem::path& records,
                                         const std::filesystem::path& journal) {
  std::unique_ptr<Book> book(new Book());
  std::ifstream in(records, std::ios::binary);
  if (!in) return fail(Kind::invalid, "no_records", "cannot be read", records.string());
  int number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (trim(text).empty()) continue;
    auto line = parse_json(text);
    auto loaded = line ? book->load(*line) : Result<void>(fail(line.error()));
    if (loaded) continue;
    Error error = loaded.error();
    error.field = records.string();
    error.line = number;
    return fail(std::move(error));
  }
  MINBEN_TRY(opened, Journal::open(journal, [&](const Json& line) { return book->replay(line); }));
  book->journal_ = std::move(opened);
  return book;
}

Result<void> Book::load(const Json& line) {
  MINBEN_TRY(entry, read_entry(line));
  Service& service = services_[entry.service];
  learn_shape(service, entry.value);
  const std::string& key = service.first(entry.keys.front());
  for (const std::string& other : std::span(entry.keys).subspan(1)) service.others[other] = key;
  service.records[key] = std::move(entry.value);
  return {};
}

const std::string& Book::Service::first(const std::string& key) const {
  const auto found = others.find(key);
  return found == others.end() ? key : found->second;
}

void Book::learn_shape(Service& service, const Json& value) {
  for (const auto& member : value.as_object()) {
    std::string& type = service.shape[member.key()];
    if (type.empty() || type == "null") type = json_type(member.value());
  }
}

// {"service", "key", "value"} is a record, and "event" what has to be told of it; with "outcome":
// number it is an outcome. {"done": id}: that event was told.
Result<void> Book::replay(const Json& line) {
  if (const std::string told = string_or(line, "done"); !told.empty()) {
    std::erase_if(events_, [&](const Json& event) { return string_or(event, "id") == told; });
    return {};
  }
  if (const Json* event = minben::find(line, "event")) events_.push_back(*event);
  if (!minben::find(line, "outcome")) return load(line);
  MINBEN_TRY(entry, read_entry(line));
  MINBEN_TRY(number, get_integer(line, "outcome"));
  services_[entry.service].outcomes[entry.keys.front()] = {number, std::move(entry.value)};
  return {};
}

bool Book::has_service(std::string_view service) const {
  const std::lock_guard lock(mutex_);
  return services_.contains(service);
}

Result<Json> Book::find(const std::string& service, const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = services_.find(service);
  if (found == services_.end()) return fail(Kind::not_found, "unknown_service", "no such service");
  const auto record = found->second.records.find(found->second.first(key));
  if (record == found->second.records.end())
    return fail(Kind::not_found, "unknown_key", "not in this register");
  return record->second;
}

Result<Stored> Book::put(const std::string& service, const std::string& key, const Json& value) {
  const JsonObject line{{"service", service}, {"key", key}, {"value", value}};
  MINBEN_CHECK(read_entry(line));
  const std::lock_guard lock(mutex_);
  auto& records = services_[service].records;
  const std::string& first = services_[service].first(key);
  const auto existing = records.find(first);
  if (existing != records.end() && existing->second == value) return Stored::unchanged;
  MINBEN_CHECK(journal_->append(line));
  learn_shape(services_[service], value);
  const bool created = existing == records.end();
  records[first] = value;
  return created ? Stored::created : Stored::replaced;
}

Result<Json> Book::change(const std::string& service, const std::string& key,
                          const JsonObject& fields, const MakeEvent& event) {
  const std::lock_guard lock(mutex_);
  auto& of = services_[service];
  const auto record = of.records.find(of.first(key));
  if (record == of.records.end())
    return fail(Kind::not_found, "unknown_key", "not in this register");
  Json changed = record->second;
  for (const auto& field : fields) changed.as_object()[field.key()] = field.value();
  if (changed == record->second) return changed;
  JsonObject line{{"service", service}, {"key", record->first}, {"value", changed}};
  const Json told = event(record->first, record->second, changed);
  if (!told.is_null()) line["event"] = told;
  MINBEN_CHECK(read_entry(line));
  MINBEN_CHECK(journal_->append(line));
  if (!told.is_null()) events_.push_back(told);
  learn_shape(of, changed);
  record->second = changed;
  return changed;
}

std::optional<Json> Book::first_event() const {
  const std::lock_guard lock(mutex_);
  return events_.empty() ? std::nullopt : std::optional(events_.front());
}

Result<void> Book::done(const std::string& event_id) {
  const std::lock_guard lock(mutex_);
  MINBEN_CHECK(journal_->append(JsonObject{{"done", event_id}}));
  std::erase_if(events_, [&](const Json& event) { return string_or(event, "id") == event_id; });
  return {};
}

std::size_t Book::events_waiting() const {
  const std::lock_guard lock(mutex_);
  return events_.size();
}

std::vector<std::string> Book::keys(std::string_view service) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  if (const auto found = services_.find(service); found != services_.end())
    for (const auto& [key, record] : found->second.records) all.push_back(key);
  return all;
}

Result<std::int64_t> Book::post(const std::string& service, const std::string& idempotency_key,
                                const Json& value) {
  const std::lock_guard lock(mutex_);
  auto& outcomes = services_[service].outcomes;
  if (const auto existing = outcomes.find(idempotency_key); existing != outcomes.end()) {
    if (existing->second.second != value)
      return fail(Kind::conflict, "other_outcome", "this key was used for something else");
    return existing->second.first;
  }
  const auto number = static_cast<std::int64_t>(outcomes.size()) + 1;
  const JsonObject line{
      {"service", service}, {"key", idempotency_key}, {"value", value}, {"outcome", number}};
  MINBEN_CHECK(read_entry(line));
  MINBEN_CHECK(journal_->append(line));
  outcomes[idempotency_key] = {number, value};
  return number;
}

std::map<std::string, std::map<std::string, std::string>> Book::shapes() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::map<std::string, std::string>> all;
  for (const auto& [name, service] : services_) all[name] = service.shape;
  return all;
}

JsonObject Book::counts() const {
  const std::lock_guard lock(mutex_);
  JsonObject all;
  for (const auto& [name, service] : services_)
    all[name] = {{"records", service.records.size()}, {"outcomes", service.outcomes.size()}};
  return all;
}

}  // namespace outside::registers
