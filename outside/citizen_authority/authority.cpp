#include "citizen_authority/authority.hpp"

#include <fstream>

namespace outside::citizens {

namespace {

namespace fs = std::filesystem;
constexpr net::Access loopback{"loopback"};
constexpr std::size_t max_question = 4096;
constexpr int superseded = 4;

std::string text(const Bytes& bytes) { return std::string(as_text(bytes)); }

}  // namespace

fs::path card_of(const fs::path& directory, std::string_view number) {
  return directory / "cards" / std::string(number);
}

Result<void> make_card(Pki& pki, const fs::path& directory, const Holder& holder) {
  if (holder.number.size() != 10 || !is_code(to_lower_ascii(holder.number)))
    return fail(Kind::invalid, "not_a_number", "a national id has ten characters", "number");
  const fs::path card = card_of(directory, holder.number);
  for (const char* name : {"signing", "encryption"})
    if (const auto earlier = load(card, name))
      MINBEN_CHECK(pki.revoke(serial_of(earlier->certificate.get()), superseded));
  std::error_code failed;
  fs::create_directories(card, failed);
  if (failed) return fail(Kind::internal, "cannot_write_file", failed.message(), card.string());
  Wish wish{.name = holder.name, .last_four = holder.number.substr(6)};
  MINBEN_TRY(signing, pki.issue(wish));
  wish.key_usage = for_encryption;
  MINBEN_TRY(encryption, pki.issue(wish));
  MINBEN_CHECK(save(encryption, card, "encryption"));
  return save(signing, card, "signing");
}

Result<std::vector<Holder>> read_holders(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Kind::invalid, "cannot_read_file", "", file.string());
  std::vector<Holder> all;
  for (std::string line; std::getline(in, line);) {
    if (trim(line).empty()) continue;
    MINBEN_TRY(json, parse_json(line));
    MINBEN_TRY(number, get_string(json, "number"));
    MINBEN_TRY(name, get_string(json, "name"));
    all.push_back({number, name});
  }
  return all;
}

Result<std::unique_ptr<Authority>> Authority::start(std::uint16_t port, Pki& pki) {
  std::unique_ptr<Authority> made(new Authority(pki));
  net::ServerConfig server;
  server.port = port;
  server.workers = 4;
  MINBEN_TRY(started, net::Server::start(server, made->routes(), {}));
  made->server_ = std::move(started);
  return made;
}

std::vector<net::Route> Authority::routes() {
  using enum net::Method;
  const auto pem = [](std::string content) {
    return net::Response::bytes(std::move(content), "application/x-pem-file");
  };
  return {
      {post, "/ocsp", loopback, max_question,
       [this](net::Request& request) {
         ++answers_;
         return net::Response::bytes(text(pki_.answer(as_bytes(request.body))),
                                     "application/ocsp-response");
       }},
      {get, "/citizens.crl", loopback, 0,
       [this](net::Request&) {
         ++lists_;
         return net::Response::bytes(text(pki_.list()), "application/pkix-crl");
       }},
      {get, "/root.crl", loopback, 0,
       [this](net::Request&) {
         return net::Response::bytes(text(pki_.root_list()), "application/pkix-crl");
       }},
      {get, "/root.pem", loopback, 0, [this, pem](net::Request&) { return pem(pki_.root_pem()); }},
      {get, "/issuing.pem", loopback, 0,
       [this, pem](net::Request&) { return pem(pki_.issuing_pem()); }},
      {get, "/status", loopback, 0,
       [this](net::Request&) {
         return net::Response::json(
             JsonObject{{"lists", lists_.load()}, {"answers", answers_.load()}});
       }},
  };
}

}  // namespace outside::citizens
