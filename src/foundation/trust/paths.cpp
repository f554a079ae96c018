// From a certificate to a root that vouches for it, and whether anything on the way is revoked.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "revocation.hpp"
#include "x509.hpp"

namespace minben::trust {

using minben::to_string;  // instants, beside this room's own

namespace {

using StoreContext = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;
void free_stack(STACK_OF(X509) * stack) { sk_X509_free(stack); }
using Stack = std::unique_ptr<STACK_OF(X509), Freer<free_stack>>;

constexpr int bits_112 = 2;  // OpenSSL's security level: RSA from 2048 bits, no SHA-1

bool fits(const CertificateInfo& info, Usage usage) {
  switch (usage) {
    case Usage::any:
      return true;
    case Usage::tls_server:
      return info.for_server;
    case Usage::tls_client:
      return info.for_client;
    case Usage::seal:
      return info.for_seals;
  }
  return false;
}

std::unexpected<Error> certificate_revoked(const Revoked& revoked, const CertificateInfo& info) {
  return fail(Kind::forbidden, "certificate_revoked",
              fmt::format("{} since {}", to_string(revoked.reason), to_string(revoked.at)),
              info.subject);
}

Result<Certificate> read_authority(Octets der) {
  MINBEN_TRY(parsed, parse_authority(der));
  if (X509_check_ca(parsed.get()) != 1)
    return fail(Kind::invalid, "untrusted_root", "not an authority's certificate",
                name_text(X509_get_subject_name(parsed.get())));
  return encode_certificate(parsed.get());
}

Result<std::vector<X509Ptr>> read_pem(std::string_view pem, std::size_t most) {
  if (pem.size() > (64u << 10)) return fail(Kind::invalid, "not_a_certificate", "too long");
  const Bio bio = memory_bio(pem);
  std::vector<X509Ptr> all;
  while (X509Ptr next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    if (all.size() == most) return fail(Kind::invalid, "not_a_certificate", "too many in one text");
    all.push_back(std::move(next));
  }
  ERR_clear_error();
  if (all.empty())
    return fail(Kind::invalid, "not_a_certificate", "no certificate in the PEM text");
  return std::move(all);
}

}  // namespace

Result<Certificate> authority_from_pem(std::string_view pem) {
  MINBEN_TRY(parsed, read_pem(pem, 1));
  return read_authority(encode_certificate(parsed.front().get()).der);
}

Result<std::vector<Certificate>> chain_from_pem(std::string_view pem) {
  MINBEN_TRY(parsed, read_pem(pem, max_chain + 1));
  std::vector<Certificate> chain;
  for (const X509Ptr& each : parsed) chain.push_back(encode_certificate(each.get()));
  MINBEN_CHECK(parse_certificate(chain.front().der));
  for (std::size_t i = 1; i < chain.size(); ++i) MINBEN_CHECK(read_authority(chain[i].der));
  return chain;
}

/// An authority that may sign: a root, or one below it.
struct Issuer {
  Certificate certificate;
  std::optional<RevocationList> list;  ///< the newest of those that it signed
};

struct PathValidator::Parts {
  struct Root {
    Anchors store;  ///< of this root only
    std::vector<X509Ptr> intermediates;
    Anchor anchor;
    Bytes der;
  };
  std::vector<Root> roots;
  std::vector<Issuer> issuers;

  Result<void> add(const Anchor& anchor);
  Result<void> add_list(const std::string& pem);
  Result<Path> walk(std::size_t place, X509* certificate, Octets der, Instant now,
                    std::span<const X509Ptr> shown) const;
  [[nodiscard]] const Issuer* issuer_of(const Path& path, std::size_t place) const;
  Result<void> check_lists(Path& path, Instant now) const;
};

Result<void> PathValidator::Parts::add(const Anchor& anchor) {
  Root root;
  root.anchor = anchor;
  // An own root has the keys of all own certificates; who is outside has what the world uses.
  MINBEN_TRY(certificate,
             anchor.outside ? authority_from_pem(anchor.root) : certificate_from_pem(anchor.root));
  MINBEN_TRY(checked, read_authority(certificate.der));
  MINBEN_TRY(store, Anchors::make(std::span(&checked, 1)));
  root.store = std::move(store);
  root.der = checked.der;
  issuers.push_back({std::move(checked), {}});
  for (const std::string& pem : anchor.intermediates) {
    MINBEN_TRY(intermediate, authority_from_pem(pem));
    MINBEN_TRY(parsed, parse_authority(intermediate.der));
    root.intermediates.push_back(std::move(parsed));
    issuers.push_back({std::move(intermediate), {}});
  }
  roots.push_back(std::move(root));
  return {};
}

Result<void> PathValidator::Parts::add_list(const std::string& pem) {
  MINBEN_TRY(read, read_revocation_list(pem));
  for (Issuer& issuer : issuers) {
    // When it was in force is judged when it is asked for.
    if (!verify_revocation_list(pem, issuer.certificate, read.this_update)) continue;
    if (!issuer.list || issuer.list->number < read.number) issuer.list = std::move(read);
    return {};
  }
  return fail(Kind::forbidden, "revocation_list_forged", "not signed by any of the roots",
              read.issuer);
}

Result<PathValidator> PathValidator::make(std::span<const std::string> roots,
                                          std::span<const std::string> lists) {
  std::vector<Anchor> anchors;
  for (const std::string& root : roots) anchors.push_back({.root = root});
  return make(anchors, lists);
}

Result<PathValidator> PathValidator::make(std::span<const Anchor> anchors,
                                          std::span<const std::string> lists) {
  auto parts = std::make_shared<Parts>();
  for (const Anchor& anchor : anchors) MINBEN_CHECK(parts->add(anchor));
  for (const std::string& pem : lists) MINBEN_CHECK(parts->add_list(pem));
  return PathValidator(std::move(parts));
}

Result<Path> PathValidator::Parts::walk(std::size_t place, X509* certificate, Octets der,
                                        Instant now, std::span<const X509Ptr> shown) const {
  const Root& root = roots[place];
  const Stack between(sk_X509_new_null());
  for (const X509Ptr& each : root.intermediates) sk_X509_push(between.get(), each.get());
  if (root.anchor.outside)
    for (const X509Ptr& each : shown) sk_X509_push(between.get(), each.get());
  const StoreContext context(X509_STORE_CTX_new());
  MINBEN_ASSERT(
      X509_STORE_CTX_init(context.get(), root.store.store.get(), certificate, between.get()) == 1);
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, std::chrono::floor<seconds>(now).time_since_epoch().count());
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_depth(param, root.anchor.outside ? static_cast<int>(max_chain) : 1);
  X509_VERIFY_PARAM_set_auth_level(param, bits_112);
  if (X509_verify_cert(context.get()) != 1)
    return chain_error(X509_STORE_CTX_get_error(context.get()));
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  Path path;
  path.info = describe_certificate(certificate, der);
  path.anchor = place;
  for (int i = 1; i < sk_X509_num(chain); ++i) {
    X509* issuer = sk_X509_value(chain, i);
    path.issuers.push_back(encode_certificate(issuer));
    path.serials.push_back(serial_text(X509_get0_serialNumber(issuer)));
  }
  return path;
}

/// Who signed the certificate at that place of the way, when it may have a list.
const Issuer* PathValidator::Parts::issuer_of(const Path& path, std::size_t place) const {
  const auto issuer = std::ranges::find_if(
      issuers, [&](const Issuer& each) { return each.certificate.der == path.issuers[place].der; });
  return issuer == issuers.end() ? nullptr : &*issuer;
}

/// Each certificate on the way by the list of whoever signed it.
Result<void> PathValidator::Parts::check_lists(Path& path, Instant now) const {
  for (std::size_t i = 0; i < path.issuers.size(); ++i) {
    const Issuer* const issuer = issuer_of(path, i);
    if (issuer == nullptr || !issuer->list) continue;
    const RevocationList& list = *issuer->list;
    const std::string& serial = i == 0 ? path.info.serial : path.serials[i - 1];
    if (const auto found = list.revoked.find(serial); found != list.revoked.end())
      return certificate_revoked(found->second, path.info);
    if (now >= list.next_update) return list_expired(list);
    path.listed |= i == 0;
  }
  return {};
}

Result<Path> PathValidator::find_path(Octets der, Instant now, Usage usage,
                                      std::span<const std::string> chain) const {
  MINBEN_TRY(certificate, parse_certificate(der));
  if (chain.size() > max_chain) return fail(Kind::forbidden, "untrusted_certificate", "too long");
  std::vector<X509Ptr> shown;
  for (const std::string& each : chain)
    if (auto parsed = parse_authority(as_bytes(each))) shown.push_back(std::move(*parsed));
  Result<Path> found = fail(Kind::forbidden, "untrusted_certificate", "no authority is trusted");
  for (std::size_t i = 0; i < parts_->roots.size(); ++i) {
    auto walked = parts_->walk(i, certificate.get(), der, now, shown);
    // Of several refusals the one by its own root says most.
    if (walked || walked.error().code != "untrusted_certificate" || i == 0)
      found = std::move(walked);
    if (found) break;
  }
  if (!found) return found;
  const Anchor& anchor = parts_->roots[found->anchor].anchor;
  const bool allowed =
      usage == Usage::any || (usage == Usage::seal ? anchor.for_seals : anchor.for_tls);
  if (!allowed || !fits(found->info, usage))
    return fail(Kind::forbidden, "certificate_other_usage", "not issued for this",
                found->info.subject);
  return found;
}

Result<Path> PathValidator::path(Octets der, Instant now, Usage usage,
                                 std::span<const std::string> chain) const {
  MINBEN_TRY(found, find_path(der, now, usage, chain));
  MINBEN_CHECK(parts_->check_lists(found, now));
  return found;
}

Result<Path> PathValidator::path(std::span<const Certificate> chain, Instant now,
                                 Usage usage) const {
  MINBEN_ASSERT(!chain.empty());
  std::vector<std::string> between;
  for (const Certificate& each : chain.subspan(1)) between.emplace_back(as_text(each.der));
  return path(chain.front().der, now, usage, between);
}

Result<PathValidator::PastCheck> PathValidator::check_at(Octets der, Instant at,
                                                         Usage usage) const {
  MINBEN_TRY(path, find_path(der, at, usage, {}));
  PastCheck past{path.info, std::nullopt};
  for (std::size_t i = 0; i < path.issuers.size(); ++i) {
    const auto issuer = parts_->issuer_of(path, i);
    if (issuer == nullptr || !issuer->list) continue;
    const RevocationList& list = *issuer->list;
    const auto revoked = list.revoked.find(i == 0 ? path.info.serial : path.serials[i - 1]);
    if (revoked != list.revoked.end()) {
      if (revoked->second.at <= at) return certificate_revoked(revoked->second, path.info);
      if (i == 0) past.revoked_later = revoked->second;
    }
    if (at >= list.next_update) return list_expired(list);
  }
  return past;
}

Result<CertificateInfo> PathValidator::check(Octets der, Instant now, Usage usage) const {
  MINBEN_TRY(found, path(der, now, usage));
  return std::move(found.info);
}

Result<CertificateInfo> check_certificate(Octets der, std::span<const std::string> roots,
                                          std::span<const std::string> lists, Instant now) {
  MINBEN_TRY(validator, PathValidator::make(roots, lists));
  return validator.check(der, now);
}

}  // namespace minben::trust
