#include "register/register.hpp"

namespace outside::registers {

namespace {
constexpr net::Access loopback{"loopback"};
constexpr std::size_t max_body = 256u << 10;
}  // namespace

Result<std::unique_ptr<Register>> Register::start(RegisterConfig config) {
  std::unique_ptr<Register> made(new Register(std::move(config)));
  MINBEN_TRY(book, Book::open(made->config_.records, made->config_.state));
  made->book_ = std::move(book);
  if (!made->config_.messages.gateway.empty())
    made->messenger_ = std::make_unique<Messenger>(made->config_.messages, *made->book_);
  net::ServerConfig server;
  server.port = made->config_.port;
  server.workers = 4;
  MINBEN_TRY(started, net::Server::start(server, made->routes(), {}));
  made->server_ = std::move(started);
  return made;
}

std::vector<net::Route> Register::routes() {
  using enum net::Method;
  return {
      {get, "/{service}/{key}", loopback, 0,
       [this](net::Request& request) { return read(request); }},
      {put, "/{service}/{key}", loopback, max_body,
       [this](net::Request& request) { return this->put(request); }},
      {post, "/{service}", loopback, max_body,
       [this](net::Request& request) { return this->post(request); }},
      {patch, "/counter/{service}/{key}", loopback, max_body,
       [this](net::Request& request) { return change(request); }},
      {post, "/events", loopback, 2 * max_body,
       [this](net::Request& request) { return hear(request); }},
      {get, "/status", loopback, 0, [this](net::Request&) { return status(); }},
      {get, "/openapi.json", loopback, 0,
       [this](net::Request&) { return net::Response::json(describe_api(config_, *book_)); }},
  };
}

net::Response Register::read(net::Request& request) {
  ++requests_;
  const std::string service(request.parameter("service"));
  if (config_.asked.contains(service))
    return net::Response::problem({Kind::forbidden, "questions_only",
                                   "this service only says whether something is so", "", 0, 0});
  const auto record = book_->find(service, std::string(request.parameter("key")));
  return record ? net::Response::json(*record) : net::Response::problem(record.error());
}

Result<Json> Register::writable_body(const net::Request& request) const {
  if (!config_.writable.contains(std::string(request.parameter("service"))))
    return fail(Kind::forbidden, "read_only", "this service cannot be written");
  MINBEN_TRY(value, parse_json(request.body));
  if (!value.is_object()) return fail(Kind::invalid, "wrong_type", "expected an object");
  return value;
}

net::Response Register::put(net::Request& request) {
  ++requests_;
  const auto value = writable_body(request);
  if (!value) return net::Response::problem(value.error());
  const std::string key(request.parameter("key"));
  const auto stored = book_->put(std::string(request.parameter("service")), key, *value);
  if (!stored) return net::Response::problem(stored.error());
  return net::Response::json(JsonObject{{"stored", true}, {"key", key}},
                             *stored == Stored::created ? 201 : 200);
}

namespace {

struct Question {
  std::string key;
  JsonObject known;
};

Result<Question> read_question(std::string_view body) {
  MINBEN_TRY(value, parse_json(body));
  MINBEN_TRY(key, get_string(value, "key"));
  const Json* known = find(value, "known");
  if (known == nullptr || !known->is_object() || known->get_object().empty())
    return fail(Kind::invalid, "nothing_known", "a question says what the asker knows", "known");
  return Question{std::move(key), known->get_object()};
}

/// Who knows not all of it learns nothing, not even whether there is such a record.
JsonObject answer_of(const Result<Json>& record, const JsonObject& known) {
  const JsonObject no{{"match", false}};
  if (!record) return no;
  JsonObject rest = record->get_object();
  for (const auto& [name, value] : known) {
    const auto found = rest.find(name);
    if (found == rest.end() || found->value() != value) return no;
    rest.stable_erase(found);
  }
  rest["match"] = true;
  return rest;
}

}  // namespace

net::Response Register::answer(net::Request& request) {
  const auto question = read_question(request.body);
  if (!question) return net::Response::problem(question.error());
  const auto record = book_->find(std::string(request.parameter("service")), question->key);
  return net::Response::json(answer_of(record, question->known));
}

net::Response Register::post(net::Request& request) {
  ++requests_;
  if (config_.asked.contains(std::string(request.parameter("service")))) return answer(request);
  const auto value = writable_body(request);
  if (!value) return net::Response::problem(value.error());
  const std::string_view idempotency_key = request.headers.get("Idempotency-Key");
  if (idempotency_key.empty())
    return net::Response::problem(
        {Kind::invalid, "missing", "Idempotency-Key", "Idempotency-Key", 0, 0});
  const auto number =
      book_->post(std::string(request.parameter("service")), std::string(idempotency_key), *value);
  if (!number) return net::Response::problem(number.error());
  return net::Response::json(JsonObject{{"stored", true}, {"number", *number}}, 201);
}

net::Response Register::change(net::Request& request) {
  ++requests_;
  const std::string service(request.parameter("service"));
  if (!config_.counter.contains(service))
    return net::Response::problem(
        fail(Kind::forbidden, "read_only", "nobody changes this by hand").error());
  const auto fields = parse_json(request.body);
  if (!fields || !fields->is_object())
    return net::Response::problem(fail(Kind::invalid, "wrong_type", "expected an object").error());
  const std::string key(request.parameter("key"));
  std::optional<Error> failed;
  const auto changed = book_->change(
      service, key, fields->as_object(),
      [&](const std::string& first, const Json& before, const Json& after) {
        auto event = event_of(config_.messages, {service, first, before, after}, clock_, random_);
        if (event) return std::move(*event);
        failed = event.error();
        return Json(nullptr);
      });
  if (failed) return net::Response::problem(*failed);
  if (!changed) return net::Response::problem(changed.error());
  if (messenger_) messenger_->wake();
  return net::Response::json(*changed);
}

/// Whom it does not know it forgets at once.
net::Response Register::hear(net::Request& request) {
  ++requests_;
  const auto item = parse_json(request.body);
  const Json* event = item ? find(*item, "event") : nullptr;
  if (config_.matched.empty() || event == nullptr || !event->is_object())
    return net::Response::problem(fail(Kind::invalid, "not_an_event", "expected an event").error());
  const std::string person = string_or(*event, "person");
  for (const std::string& key : book_->keys(config_.matched)) {
    const auto name = pseudonym(config_.messages, key);
    if (!name) return net::Response::problem(name.error());
    if (*name != person) continue;
    JsonObject notice = event->as_object();
    notice.erase("person");
    const auto stored = book_->put("notices", key, notice);
    if (!stored) return net::Response::problem(stored.error());
    break;
  }
  return net::Response::json(JsonObject{{"taken", true}});
}

net::Response Register::status() {
  return net::Response::json(JsonObject{{"requests", requests_.load()},
                                        {"events_waiting", book_->events_waiting()},
                                        {"trouble", messenger_ ? messenger_->trouble() : ""},
                                        {"services", book_->counts()}});
}

}  // namespace outside::registers
