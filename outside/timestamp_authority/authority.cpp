#include "timestamp_authority/authority.hpp"

#include <thread>

#include <openssl/rand.h>
#include <openssl/ts.h>

namespace outside::timestamps {

namespace {

constexpr net::Access loopback{"loopback"};
constexpr std::size_t max_query = 16u << 10;
constexpr const char* policy = "1.3.6.1.4.1.13762.3";  // of tests; no authority promises it
constexpr seconds delay{3};

using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Context = std::unique_ptr<TS_RESP_CTX, Freer<TS_RESP_CTX_free>>;
using Query = std::unique_ptr<TS_REQ, Freer<TS_REQ_free>>;
using Reply = std::unique_ptr<TS_RESP, Freer<TS_RESP_free>>;

ASN1_INTEGER* random_serial(TS_RESP_CTX*, void*) {
  std::uint64_t number = 0;
  ASN1_INTEGER* serial = ASN1_INTEGER_new();
  MINBEN_ASSERT(RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) == 1 &&
                ASN1_INTEGER_set_uint64(serial, number >> 1 | 1) == 1);
  return serial;
}

int clock_time(TS_RESP_CTX*, void* clock, long* whole, long* micro) {
  const Instant now = static_cast<const Clock*>(clock)->now();
  const auto second = std::chrono::floor<seconds>(now);
  *whole = second.time_since_epoch().count();
  *micro = (now - second).count();
  return 1;
}

Context context_of(const Identity& identity, const Clock& clock, bool willing) {
  Context context(TS_RESP_CTX_new());
  const std::unique_ptr<ASN1_OBJECT, Freer<ASN1_OBJECT_free>> id(OBJ_txt2obj(policy, 1));
  MINBEN_ASSERT(TS_RESP_CTX_set_signer_cert(context.get(), identity.certificate.get()) == 1 &&
                TS_RESP_CTX_set_signer_key(context.get(), identity.key.get()) == 1 &&
                TS_RESP_CTX_set_signer_digest(context.get(), EVP_sha256()) == 1 &&
                TS_RESP_CTX_set_ess_cert_id_digest(context.get(), EVP_sha256()) == 1 &&
                TS_RESP_CTX_set_def_policy(context.get(), id.get()) == 1);
  if (willing)  // otherwise every digest is one that it does not know
    for (const EVP_MD* digest : {EVP_sha256(), EVP_sha384(), EVP_sha512()})
      MINBEN_ASSERT(TS_RESP_CTX_add_md(context.get(), digest) == 1);
  TS_RESP_CTX_set_serial_cb(context.get(), random_serial, nullptr);
  TS_RESP_CTX_set_time_cb(context.get(), clock_time, const_cast<Clock*>(&clock));
  return context;
}

/// The same query for a digest with one bit changed.
std::string of_other_digest(std::string_view query) {
  const auto* at = reinterpret_cast<const unsigned char*>(query.data());
  const Query parsed(d2i_TS_REQ(nullptr, &at, static_cast<long>(query.size())));
  if (!parsed) return std::string(query);
  TS_MSG_IMPRINT* imprint = TS_REQ_get_msg_imprint(parsed.get());
  ASN1_OCTET_STRING* digest = TS_MSG_IMPRINT_get_msg(imprint);
  std::string bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(digest)),
                    static_cast<std::size_t>(ASN1_STRING_length(digest)));
  if (!bytes.empty()) bytes[0] = static_cast<char>(bytes[0] ^ 1);
  ASN1_STRING_set(digest, bytes.data(), static_cast<int>(bytes.size()));
  unsigned char* der = nullptr;
  const int size = i2d_TS_REQ(parsed.get(), &der);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace

Result<std::unique_ptr<Authority>> Authority::start(const AuthorityConfig& config,
                                                    const Clock& clock) {
  MINBEN_TRY(identity, load_or_make_identity(config.directory, clock));
  std::unique_ptr<Authority> made(new Authority(config, std::move(identity), clock));
  net::ServerConfig server;
  server.port = config.port;
  server.workers = 4;
  MINBEN_TRY(started, net::Server::start(server, made->routes(), {}));
  made->server_ = std::move(started);
  return made;
}

std::vector<net::Route> Authority::routes() {
  using enum net::Method;
  return {
      {post, "/", loopback, max_query, [this](net::Request& request) { return answer(request); }},
      {get, "/root.pem", loopback, 0,
       [this](net::Request&) {
         return net::Response::bytes(identity_.root_pem, "application/x-pem-file");
       }},
      {get, "/status", loopback, 0,
       [this](net::Request&) {
         return net::Response::json(JsonObject{{"answers", answers_.load()}});
       }},
  };
}

net::Response Authority::answer(const net::Request& request) {
  if (request.headers.get("Content-Type") != "application/timestamp-query") {
    return net::Response::problem(
        {Kind::invalid, "not_a_query", "expected application/timestamp-query", "", 0, 0});
  }
  ++answers_;
  if (manner_ == Manner::late) std::this_thread::sleep_for(delay);
  std::string reply =
      stamp(manner_ == Manner::other ? of_other_digest(request.body) : request.body);
  if (manner_ == Manner::stale) {
    const std::scoped_lock lock(mutex_);
    if (first_.empty()) first_ = reply;
    reply = first_;
  }
  return net::Response::bytes(std::move(reply), "application/timestamp-reply");
}

std::string Authority::stamp(std::string_view query) const {
  const Context context = context_of(identity_, clock_, manner_ != Manner::refused);
  const Bio bio(BIO_new_mem_buf(query.data(), static_cast<int>(query.size())));
  const Reply reply(TS_RESP_create_response(context.get(), bio.get()));
  MINBEN_ASSERT(reply != nullptr);
  unsigned char* der = nullptr;
  const int size = i2d_TS_RESP(reply.get(), &der);
  MINBEN_ASSERT(size > 0);
  std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace outside::timestamps
