#include "house.hpp"

#include <fstream>

namespace minben::citizen {

namespace {

const casework::Calendar& calendar() {
  static const auto loaded = casework::Calendar::load(source("packages/calendar")).value();
  return loaded;
}

casework::KnownAgencies agencies() {
  casework::KnownAgencies known;
  for (const std::string_view code : {"nia", "wda", "boca", "nstc", "moda", "ris"})
    known.insert(AgencyCode{std::string(code)});
  return known;
}

std::map<AgencyCode, Bilingual> agency_names() {
  return {{{"nia"}, {"內政部移民署", "National Immigration Agency"}},
          {{"wda"}, {"勞動部勞動力發展署", "Workforce Development Agency"}},
          {{"boca"}, {"外交部領事事務局", "Bureau of Consular Affairs"}},
          {{"nstc"}, {"國家科學及技術委員會", "National Science and Technology Council"}},
          {{"moda"}, {"數位發展部", "Ministry of Digital Affairs"}},
          {{"ris"}, {"內政部戶政司", "Department of Household Registration"}}};
}

/// Names of static files without the files: pages only refer to them.
std::filesystem::path static_files(const std::filesystem::path& scratch) {
  const auto built = std::filesystem::path(MINBEN_BINARY_DIR) / "share/static";
  if (std::filesystem::exists(built / "manifest.json")) return built;
  std::ofstream(scratch / "manifest.json")
      << R"({"minben.css":"a.css","minben.js":"a.js","icon.svg":"a.svg","diagram.css":"b.css","diagram.js":"b.js","receipts.js":"c.js"})";
  return scratch;
}

std::string token_of(std::string_view html) {
  const std::string_view before = "name=\"_csrf\" value=\"";
  const auto at = html.rfind(before);
  if (at == html.npos) return {};
  const auto start = at + before.size();
  return std::string(html.substr(start, html.find('"', start) - start));
}

ledger::Cosigner witness(const std::string& name) {
  return must(ledger::Cosigner::make("witness.example/" + name,
                                     must(trust::SigningKey::from_ed25519_seed(sha256(name)))));
}

ledger::Policy witness_policy(const ledger::Log& log) {
  std::string text = "log " + log.vkey() + "\n";
  for (const char* name : {"nia", "wda"})
    text += fmt::format("witness {} {}\n", name, witness(name).verifier().vkey());
  return must(ledger::parse_policy(text + "group all-two all nia wda\nquorum all-two\n"));
}

}  // namespace

Scratch::Scratch() {
  SystemRandom random;
  path_ = std::filesystem::temp_directory_path() / ("minben-citizen-" + random.token(9));
  std::filesystem::create_directories(path_);
}

Page Browser::send(net::ClientRequest request) {
  std::string cookies;
  for (const auto& [name, value] : cookies_)
    cookies += (cookies.empty() ? "" : "; ") + name + "=" + value;
  if (!cookies.empty()) request.headers.set("Cookie", cookies);
  request.headers.set("Accept", "text/html");
  request.headers.set("User-Agent", "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Firefox/143.0");
  auto answer = must(client_.send(request));
  for (const auto& [name, value] : answer.headers.all()) {
    if (to_lower_ascii(name) != "set-cookie") continue;
    const auto equals = value.find('=');
    const auto end = value.find(';');
    if (value.find("Max-Age=-") != value.npos) cookies_.erase(value.substr(0, equals));
    else cookies_[value.substr(0, equals)] = value.substr(equals + 1, end - equals - 1);
  }
  const std::string token = token_of(answer.body);
  if (!token.empty()) token_ = token;
  return {answer.status, answer.body, std::string(answer.headers.get("Location")), answer.headers};
}

Page Browser::get(std::string_view path) {
  return send(
      {.method = net::Method::get, .url = origin_ + std::string(path), .headers = {}, .body = {}});
}

Page Browser::post(std::string_view path, Fields fields) {
  fields.emplace_back("_csrf", token_);
  net::ClientRequest request{.method = net::Method::post,
                             .url = origin_ + std::string(path),
                             .headers = {},
                             .body = net::write_urlencoded(fields)};
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  return send(std::move(request));
}

Page Browser::post_as_is(std::string_view path, const Fields& fields, const Fields& headers) {
  net::ClientRequest request{.method = net::Method::post,
                             .url = origin_ + std::string(path),
                             .headers = {},
                             .body = net::write_urlencoded(fields)};
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  for (const auto& [name, value] : headers) request.headers.set(name, value);
  return send(std::move(request));
}

Page Browser::post_files(std::string_view path, Fields fields, const std::vector<File>& files) {
  constexpr std::string_view boundary = "----minben-test-boundary";
  fields.emplace_back("_csrf", token_);
  std::string body;
  const auto part = [&](std::string_view disposition, std::string_view type,
                        std::string_view content) {
    body += "--" + std::string(boundary) + "\r\nContent-Disposition: form-data; " +
            std::string(disposition) + "\r\n";
    if (!type.empty()) body += "Content-Type: " + std::string(type) + "\r\n";
    body += "\r\n" + std::string(content) + "\r\n";
  };
  for (const auto& [name, value] : fields) part("name=\"" + name + "\"", {}, value);
  for (const File& file : files)
    part("name=\"" + file.field + "\"; filename=\"" + file.name + "\"", file.type, file.content);
  body += "--" + std::string(boundary) + "--\r\n";
  net::ClientRequest request{
      .method = net::Method::post, .url = origin_ + std::string(path), .headers = {}, .body = body};
  request.headers.set("Content-Type", "multipart/form-data; boundary=" + std::string(boundary));
  return send(std::move(request));
}

void House::cosign(const std::string& name, Instant at) {
  auto note = must(ledger::parse_note(world_->logs().newest().checkpoint()));
  ledger::put_signature(note, witness(name).sign(note.text, at));
  must(world_->logs().newest().show(ledger::write_note(note), ledger::Log::Signatures::some));
}

House::House() {
  world_ = must(casework::Workbench::open({.database_url = database_.url(),
                                           .scratch = scratch_.path(),
                                           .packages = source("packages"),
                                           .agencies = agencies(),
                                           .start = *parse_instant("2026-03-02T09:00:00+08:00")},
                                          calendar()));
  for (const Error& fault : world_->packages().reload()) ADD_FAILURE() << describe(fault);
  must(world_->database().migrate(page::migrations()));
  witnessing_ = std::make_unique<ledger::Witnessing>(
      world_->logs().newest(), witness_policy(world_->logs().newest()), net::ClientConfig{});
  notices_ = std::make_unique<ledger::Notices>(
      world_->logs(), witness_policy(world_->logs().newest()), world_->database(), world_->clock());
  page::SiteConfig config{.origin = "http://localhost",
                          .static_directory = static_files(scratch_.path())};
  config.agencies = agency_names();
  site_ = must(page::Site::open(config, world_->database(), world_->identity(), world_->keys(),
                                world_->clock(), random_));
  commitments_ = std::make_unique<ledger::Commitments>(world_->clock(), random_);
  questions_ = std::make_unique<mydata::Questions>(
      mydata::QuestionParts{world_->database(), world_->clock(), random_, *commitments_,
                            world_->logs(), world_->identity()},
      mydata::QuestionConfig{.origin = "http://localhost"});
  Dependencies made{*site_,
                    world_->database(),
                    world_->identity(),
                    world_->casework(),
                    world_->mydata(),
                    world_->payments(),
                    world_->documents(),
                    world_->logs(),
                    witnessing_.get(),
                    notices_.get()};
  made.questions = questions_.get();
  identity::MandateParts parts{world_->database(), world_->clock(), random_, world_->identity(),
                               *commitments_};
  parts.registers.wards = [this](PersonId, const identity::Profile&) {
    return Result<std::vector<identity::Represented>>(wards_);
  };
  mandates_ = std::make_unique<identity::Mandates>(std::move(parts));
  made.mandates = mandates_.get();
  routes_ = routes(made);
  auto served = routes_;
  for (auto& route : site_->routes()) served.push_back(std::move(route));
  net::ServerConfig http;
  http.upload_directory = scratch_.path();
  server_ = must(net::Server::start(http, std::move(served), site_->hooks()));
}

House::~House() {
  server_.reset();
  routes_.clear();
}

Browser House::browser_of(const casework::Applicant& applicant) {
  Browser made = browser();
  made.sign_in(must(world_->identity().sign_in_unchecked(applicant.person, applicant.assurance)));
  return made;
}

}  // namespace minben::citizen
