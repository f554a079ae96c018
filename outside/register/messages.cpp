#include "register/messages.hpp"

#include <fstream>

#include <fmt/format.h>

namespace outside::registers {

namespace {

constexpr std::chrono::seconds pause{2};

/// Of an address its first three characters: "臺南市".
std::string city_of(std::string_view address) {
  std::size_t end = 0;
  for (int characters = 0; end < address.size(); ++end)
    if ((static_cast<unsigned char>(address[end]) & 0xc0) != 0x80 && ++characters > 3) break;
  return std::string(address.substr(0, end));
}

Result<std::string> first_line(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  if (!in || !std::getline(in, line) || line.empty())
    return fail(Kind::unavailable, "cannot_read", "is not there yet, or empty", file.string());
  return line;
}

}  // namespace

Result<std::string> pseudonym(const MessagesConfig& config, std::string_view key) {
  MINBEN_TRY(secret, first_line(config.pseudonyms));
  const Sha256 digest = hmac_sha256(as_bytes(secret), as_bytes(key));
  return hex_encode(std::span(digest).first(8));
}

namespace {

/// Without the fields of which it says nothing new, null when there are none of the others.
Result<Json> told_by_pseudonym(const MessagesConfig& config, const Change& change, Date today,
                               JsonArray changed) {
  MINBEN_TRY(person, pseudonym(config, change.key));
  return Json(JsonObject{{"person", person},
                         {"changed", std::move(changed)},
                         {"district_zh", city_of(string_or(change.after, "address_zh"))},
                         {"at", to_string(today)}});
}

Json told_by_key(const Publication& publication, const Change& change, Date today) {
  JsonObject event{{"key", change.key}, {"at", to_string(today)}};
  for (const std::string& field : publication.fields)
    if (const Json* value = find(change.after, field)) event[field] = *value;
  return event;
}

JsonArray changed_of(const Publication& publication, const Change& change) {
  JsonArray changed;
  for (const std::string& field : publication.fields) {
    const Json *old = find(change.before, field), *now = find(change.after, field);
    if (now != nullptr && (old == nullptr || *old != *now)) changed.emplace_back(field);
  }
  return changed;
}

}  // namespace

Result<Json> event_of(const MessagesConfig& config, const Change& change, const Clock& clock,
                      Random& random) {
  const auto told = std::ranges::find(config.publications, change.service, &Publication::service);
  if (told == config.publications.end()) return Json(nullptr);
  JsonArray changed = changed_of(*told, change);
  if (changed.empty()) return Json(nullptr);
  const Date today = taiwan_date(clock.now());
  MINBEN_TRY(event, told->by_key ? Result<Json>(told_by_key(*told, change, today))
                                 : told_by_pseudonym(config, change, today, std::move(changed)));
  return Json(JsonObject{{"id", to_string(new_uuid(clock, random))},
                         {"eventType", told->type},
                         {"event", std::move(event)}});
}

Messenger::Messenger(const MessagesConfig& config, Book& book)
    : config_(config), book_(book), client_({}), thread_([this] {
        std::unique_lock lock(mutex_);
        while (!stopping_) {
          woken_ = false;
          lock.unlock();
          const auto done = work();
          lock.lock();
          trouble_ = done ? "" : describe(done.error());
          const auto asked = [this] { return stopping_ || woken_; };
          if (done) changed_.wait(lock, asked);
          else changed_.wait_for(lock, pause, [this] { return stopping_; });
        }
      }) {}

Messenger::~Messenger() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Messenger::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

std::string Messenger::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

Result<net::ClientResponse> Messenger::send(std::string_view room, std::string_view path,
                                            const Json& body, std::string_view purpose) {
  MINBEN_TRY(token, first_line(config_.token));
  net::ClientRequest request{.method = net::Method::post,
                             .url = fmt::format("{}/r1/{}{}", config_.gateway, room, path),
                             .body = write_json(body)};
  request.headers.add("Content-Type", "application/json");
  request.headers.add("X-Road-Client", config_.client);
  request.headers.add("Minben-Token", token);
  if (!purpose.empty()) request.headers.add("Minben-Purpose", purpose);
  return client_.send(request);
}

Result<void> Messenger::declare(const Publication& publication) {
  JsonObject properties{{"at", JsonObject{{"type", "string"}, {"format", "date"}}}};
  const auto add = [&](std::string_view name, std::string_view type) {
    properties[name] = JsonObject{{"type", type}};
  };
  if (publication.by_key) {
    add("key", "string");
    for (const std::string& field : publication.fields) add(field, "string");
  } else {
    add("person", "string");
    add("changed", "array");
    add("district_zh", "string");
  }
  const JsonObject schema{{"type", "object"}, {"properties", std::move(properties)}};
  MINBEN_TRY(answer, send(config_.client, "/api/v1/eventType",
                          JsonObject{{"eventType", publication.type}, {"schema", schema}}));
  if (answer.status >= 300 && answer.status != 409)  // made before
    return fail(Kind::unavailable, "not_declared", answer.body, publication.type);
  return {};
}

Result<void> Messenger::subscribe() {
  const std::size_t slash = config_.subscribes.rfind('/');
  const std::string type = config_.subscribes.substr(slash + 1);
  MINBEN_TRY(answer, send(config_.subscribes.substr(0, slash), "/api/v1/subs/" + type,
                          JsonObject{{"eventType", type}, {"delivery", "PUSH"}}, config_.purpose));
  if (answer.status >= 300 && answer.status != 409)
    return fail(Kind::unavailable, "not_subscribed", answer.body, config_.subscribes);
  subscribed_ = true;
  return {};
}

/// Publishing an event again under its id is publishing it once, so an answer may be lost.
Result<void> Messenger::work() {
  if (!subscribed_ && !config_.subscribes.empty()) MINBEN_CHECK(subscribe());
  for (const Publication& publication : config_.publications)
    if (!declared_) MINBEN_CHECK(declare(publication));
  declared_ = true;
  while (const auto event = book_.first_event()) {
    const std::string type = string_or(*event, "eventType");
    MINBEN_TRY(answer, send(config_.client, "/pub/v1/" + type, *event));
    if (answer.status >= 300) return fail(Kind::unavailable, "not_published", answer.body, type);
    MINBEN_CHECK(book_.done(std::string(string_or(*event, "id"))));
  }
  return {};
}

}  // namespace outside::registers
