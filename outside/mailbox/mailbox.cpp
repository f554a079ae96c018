#include "mailbox/mailbox.hpp"

#include "mailbox/message.hpp"

namespace outside::mailbox {

namespace {

constexpr net::Access everybody{"everybody"};
constexpr std::size_t max_mails = 1000;
constexpr std::size_t page_length = 100;

Result<StoredMail> mail_from_json(const Json& json) {
  MINBEN_TRY(id, get_integer(json, "id"));
  MINBEN_TRY(at_text, get_string(json, "at"));
  MINBEN_TRY(at, parse_instant(at_text));
  return StoredMail{id,
                    at,
                    string_or(json, "from"),
                    string_or(json, "to"),
                    string_or(json, "subject"),
                    string_or(json, "text")};
}

net::Response list(const Store& store, const net::Request& request) {
  const std::string to = to_lower_ascii(trim(request.query.get("to")));
  return net::Response::html(list_page(store.list(to, page_length), to));
}

net::Response list_json(const Store& store, const net::Request& request) {
  JsonArray mails;
  for (const StoredMail& mail :
       store.list(to_lower_ascii(trim(request.query.get("to"))), page_length))
    mails.emplace_back(to_json(mail));
  return net::Response::json(JsonObject{{"mails", std::move(mails)}});
}

net::Response show(const Store& store, const net::Request& request) {
  const auto id = parse_integer(request.parameter("id"));
  const auto mail = id ? store.find(*id) : std::nullopt;
  if (!mail) return net::Response::problem({Kind::not_found, "no_such_mail", "", {}, 0, 0});
  return net::Response::html(mail_page(*mail));
}

void protect(const net::Request&, net::Response& response) {
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors "
                       "'none'; base-uri 'none'");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Referrer-Policy", "no-referrer");
}

}  // namespace

Json to_json(const StoredMail& mail) {
  return JsonObject{{"id", mail.id}, {"at", minben::to_string(mail.at)}, {"from", mail.from},
                    {"to", mail.to}, {"subject", mail.subject},          {"text", mail.text}};
}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file, const Clock& clock) {
  std::unique_ptr<Store> store(new Store(clock));
  const auto replay = [&](const Json& line) -> Result<void> {
    MINBEN_TRY(mail, mail_from_json(line));
    store->remember(std::move(mail));
    return {};
  };
  MINBEN_TRY(journal, Journal::open(file, replay));
  store->journal_ = std::move(journal);
  return store;
}

void Store::remember(StoredMail mail) {
  last_id_ = std::max(last_id_, mail.id);
  mails_.push_front(std::move(mail));
  if (mails_.size() > max_mails) mails_.pop_back();
}

Result<void> Store::keep(const Envelope& envelope) {
  const Message message = read_message(envelope.data);
  const std::lock_guard lock(mutex_);
  for (const std::string& to : envelope.to) {
    StoredMail mail{last_id_ + 1, clock_.now(), envelope.from, to, message.subject, message.text};
    MINBEN_CHECK(journal_->append(to_json(mail)));
    remember(std::move(mail));
  }
  return {};
}

std::vector<StoredMail> Store::list(std::string_view to, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<StoredMail> found;
  for (const StoredMail& mail : mails_) {
    if (found.size() == limit) break;
    if (to.empty() || mail.to == to) found.push_back(mail);
  }
  return found;
}

std::optional<StoredMail> Store::find(std::int64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find_if(mails_, [&](const StoredMail& mail) { return mail.id == id; });
  return found == mails_.end() ? std::nullopt : std::optional(*found);
}

Result<std::unique_ptr<Mailbox>> Mailbox::start(const MailboxConfig& config, const Clock& clock) {
  std::unique_ptr<Mailbox> mailbox(new Mailbox());
  MINBEN_TRY(store, Store::open(config.directory / "mails.jsonl", clock));
  mailbox->store_ = std::move(store);
  Store* const kept = mailbox->store_.get();
  using enum net::Method;
  std::vector<net::Route> routes{
      {get, "/", everybody, 0, [kept](net::Request& request) { return list(*kept, request); }},
      {get, "/mails.json", everybody, 0,
       [kept](net::Request& request) { return list_json(*kept, request); }},
      {get, "/mails/{id}", everybody, 0,
       [kept](net::Request& request) { return show(*kept, request); }},
      {get, "/style.css", everybody, 0,
       [](net::Request&) {
         return net::Response::bytes(style_sheet(), "text/css; charset=utf-8");
       }},
  };
  net::ServerConfig server;
  server.port = config.port;
  server.workers = 2;
  MINBEN_TRY(started, net::Server::start(server, std::move(routes),
                                         {.guard = {}, .finish = protect, .error_page = {}}));
  mailbox->server_ = std::move(started);
  MINBEN_TRY(listener, SmtpListener::start(config.smtp_port, [kept](const Envelope& mail) {
               return kept->keep(mail);
             }));
  mailbox->listener_ = std::move(listener);
  return mailbox;
}

}  // namespace outside::mailbox
