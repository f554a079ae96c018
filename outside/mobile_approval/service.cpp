#include "mobile_approval/service.hpp"

#include "mobile_approval/checksum.hpp"

namespace outside::approval {

namespace {

constexpr net::Access providers{"providers"};
constexpr std::size_t max_body = 16u << 10, max_transactions = 10'000;
constexpr seconds poll_interval{4}, shortest{30}, longest{600};

// Codes that the public sources name are 20002 and 20003; the others are this program's own.
constexpr std::string_view unknown_transaction = "20001", waiting = "20002", seen = "20003",
                           refused = "20004", expired = "20005", no_device = "20006",
                           bad_checksum = "40001", bad_field = "40002", too_early = "42900",
                           busy = "50300";

std::unexpected<Error> error(std::string_view code, std::string_view message,
                             std::string_view field = {}) {
  return fail(Kind::invalid, code, message, field);
}

net::Response answer_of(const Result<JsonObject>& result) {
  JsonObject out{{"error_code", "0"}, {"error_message", "SUCCESS"}};
  if (result) out["result"] = *result;
  else {
    out["error_code"] = result.error().code;
    out["error_message"] = result.error().field.empty()
                               ? result.error().detail
                               : result.error().detail + ": " + result.error().field;
  }
  return net::Response::json(out);
}

/// Of nested sign_info too.
std::string field_of(const Json& request, std::string_view name) {
  const Json* info = find(request, "sign_info");
  if (info != nullptr && find(*info, name) != nullptr) return string_or(*info, name);
  const Json* value = find(request, name);
  return value != nullptr && value->is_int64() ? std::to_string(value->as_int64())
                                               : string_or(request, name);
}

}  // namespace

Result<std::unique_ptr<Service>> Service::start(ServiceConfig config, const Clock& clock,
                                                Random& random) {
  std::unique_ptr<Service> made(new Service(std::move(config), clock, random));
  MINBEN_TRY(people, People::open(made->config_.people, made->config_.directory, clock));
  made->people_ = std::move(people);
  net::ServerConfig server;
  server.port = made->config_.port;
  server.workers = 4;
  auto routes = made->routes();
  std::ranges::move(phone_routes(*made), std::back_inserter(routes));
  net::Server::Hooks hooks;
  hooks.finish = [](const net::Request&, net::Response& response) {
    response.headers.set("Content-Security-Policy",
                         "default-src 'none'; style-src 'self'; form-action 'self'; "
                         "frame-ancestors 'none'; base-uri 'none'");
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.headers.set("Referrer-Policy", "no-referrer");
  };
  MINBEN_TRY(started, net::Server::start(server, std::move(routes), hooks));
  made->server_ = std::move(started);
  return made;
}

std::vector<net::Route> Service::routes() {
  return {route("/moise/sp/getSpTicket", &Service::get_ticket),
          route("/moise/sp/requestAthOrSignPush", &Service::push),
          route("/moise/sp/getAthOrSignResult", &Service::result),
          route("/moise/sp/checkDeviceStatus", &Service::device_status),
          {net::Method::get, "/phones.crl", providers, 0, [this](net::Request&) {
             return net::Response::bytes(std::string(as_text(people_->list())),
                                         "application/pkix-crl");
           }}};
}

net::Route Service::route(std::string_view path, Handler handler) {
  return {net::Method::post, std::string(path), providers, max_body,
          [this, handler](net::Request& request) {
            const auto body = parse_json(request.body);
            if (!body || !body->is_object())
              return answer_of(error(bad_field, "expected a JSON object"));
            const std::lock_guard lock(mutex_);
            return answer_of((this->*handler)(*body));
          }};
}

/// The checksum is over these fields, one after the other.
Result<void> Service::check(const Json& request,
                            std::initializer_list<std::string_view> fields) const {
  if (field_of(request, "sp_service_id") != config_.provider)
    return error(bad_field, "no such provider", "sp_service_id");
  std::string text;
  for (const std::string_view field : fields) text += field_of(request, field);
  if (!checksum_fits(config_.secret, field_of(request, "sp_checksum"), text))
    return error(bad_checksum, "the checksum does not fit", "sp_checksum");
  return {};
}

void Service::forget_old() {
  std::erase_if(transactions_,
                [&](const auto& each) { return each.second.expires_at + longest < clock_.now(); });
}

Result<Transaction*> Service::begin(const Json& request) {
  MINBEN_CHECK(check(request, {"transaction_id", "sp_service_id", "id_num", "op_code", "op_mode",
                               "hint", "sign_data"}));
  const std::string id = field_of(request, "transaction_id");
  const auto limit =
      parse_integer(field_of(request, "time_limit"), shortest.count(), longest.count());
  const std::string code = field_of(request, "op_code");
  if (id.empty() || id.size() > 100) return error(bad_field, "1 to 100", "transaction_id");
  if (transactions_.contains(id)) return error(bad_field, "used before", "transaction_id");
  if (!limit) return error(bad_field, "30 to 600", "time_limit");
  if (code != "ATH" && code != "SIGN") return error(bad_field, "ATH or SIGN", "op_code");
  if (field_of(request, "hash_algorithm") != "SHA256")
    return error(bad_field, "this program signs by SHA256 only", "hash_algorithm");
  const auto data = base64_decode(field_of(request, "sign_data"));
  if (!data || data->empty()) return error(bad_field, "base64", "sign_data");
  forget_old();
  if (transactions_.size() >= max_transactions) return error(busy, "too many transactions");
  Transaction made;
  made.id = id;
  made.number = field_of(request, "id_num");
  made.hint = field_of(request, "hint");
  made.data = {data->begin(), data->end()};
  made.expires_at = clock_.now() + seconds(*limit);
  const std::string claims = write_json(JsonObject{{"transaction_id", id},
                                                   {"sp_service_id", config_.provider},
                                                   {"op_mode", field_of(request, "op_mode")},
                                                   {"nonce", random_.token(16)}});
  made.ticket = base64url_encode(as_bytes(claims)) + "." + base64url_encode(sha256(claims));
  return &(transactions_[id] = std::move(made));
}

Result<JsonObject> Service::get_ticket(const Json& request) {
  const std::string mode = field_of(request, "op_mode");
  if (mode != "I-SCAN" && mode != "APP2APP" && mode != "MWEB2APP")
    return error(bad_field, "I-SCAN, APP2APP or MWEB2APP", "op_mode");
  MINBEN_TRY(made, begin(request));
  return JsonObject{{"sp_ticket", made->ticket}};
}

Result<JsonObject> Service::push(const Json& request) {
  if (field_of(request, "op_mode") != "PUSH") return error(bad_field, "PUSH", "op_mode");
  MINBEN_CHECK(check(request, {"transaction_id", "sp_service_id", "id_num", "op_code", "op_mode",
                               "hint", "sign_data"}));
  if (!people_->has_phone(field_of(request, "id_num")))
    return error(no_device, "no phone is registered");
  MINBEN_TRY(made, begin(request));
  made->pushed = true;
  return JsonObject{{"sp_ticket", made->ticket}};
}

Result<JsonObject> Service::result(const Json& request) {
  MINBEN_CHECK(check(request, {"transaction_id", "sp_service_id"}));
  const auto found = transactions_.find(field_of(request, "transaction_id"));
  if (found == transactions_.end()) return error(unknown_transaction, "no such transaction");
  Transaction& asked = found->second;
  const Instant now = clock_.now();
  if (now < asked.asked_at + poll_interval) return error(too_early, "ask every 4 seconds");
  asked.asked_at = now;
  if (asked.state == State::refused) return error(refused, "the person refused");
  if (now >= asked.expires_at) return error(expired, "the time is over");
  if (asked.state == State::waiting) return error(waiting, "waiting for the person");
  if (asked.state == State::seen) return error(seen, "the person looks at it");
  return JsonObject{{"transaction_id", asked.id},
                    {"id_num", asked.number},
                    {"signed_response", base64_encode(asked.signature.bytes)},
                    {"cert", base64_encode(asked.signature.certificate)}};
}

Result<JsonObject> Service::device_status(const Json& request) {
  MINBEN_CHECK(check(request, {"transaction_id", "sp_service_id", "id_num"}));
  return JsonObject{{"device_status", people_->has_phone(field_of(request, "id_num")) ? "1" : "0"}};
}

// ------------------------------------------------------------------------------- phones

Transaction* Service::live(std::string_view id) {
  const auto found = transactions_.find(id);
  if (found == transactions_.end()) return nullptr;
  const State state = found->second.state;
  const bool open = state == State::waiting || state == State::seen;
  return open && clock_.now() < found->second.expires_at ? &found->second : nullptr;
}

std::vector<Transaction> Service::waiting_for(std::string_view number) const {
  const std::lock_guard lock(mutex_);
  std::vector<Transaction> out;
  for (const auto& [id, each] : transactions_)
    if (each.pushed && each.number == number && clock_.now() < each.expires_at &&
        (each.state == State::waiting || each.state == State::seen))
      out.push_back(each);
  return out;
}

std::optional<Transaction> Service::find_ticket(std::string_view ticket) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, each] : transactions_)
    if (each.ticket == ticket && clock_.now() < each.expires_at) return each;
  return std::nullopt;
}

std::optional<Transaction> Service::take_up(std::string_view id, const Person& person) {
  const std::lock_guard lock(mutex_);
  Transaction* found = live(id);
  if (found == nullptr || (!found->number.empty() && found->number != person.number))
    return std::nullopt;
  found->state = State::seen;
  return *found;
}

Result<void> Service::answer(std::string_view id, const Person& person, bool approve) {
  if (!people_->has_phone(person.number)) return error(no_device, "no phone is registered");
  const std::lock_guard lock(mutex_);
  Transaction* found = live(id);
  if (found == nullptr || (!found->number.empty() && found->number != person.number))
    return error(unknown_transaction, "no such transaction, or it is over");
  found->number = person.number;
  if (!approve) {
    found->state = State::refused;
    return {};
  }
  std::string data = found->data;
  const Person* signer = &person;
  if (config_.manner == Manner::altered) data += "!";
  std::optional<Person> stranger;
  if (config_.manner == Manner::other)
    for (const Person& each : people_->search("", 10))
      if (each.number != person.number) stranger = each;
  if (stranger) signer = &*stranger;
  if (config_.manner == Manner::transplant) data = "minben/approval/1\nanother transaction";
  MINBEN_TRY(signature, people_->sign(*signer, data));
  found->signature = std::move(signature);
  found->state = State::approved;
  return {};
}

}  // namespace outside::approval
