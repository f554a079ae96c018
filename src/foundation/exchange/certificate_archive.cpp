#include "certificate_archive.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "trust/ocsp.hpp"

namespace minben::exchange {

namespace {

namespace fs = std::filesystem;
constexpr std::string_view root_prefix = "root-";
constexpr std::string_view outside_prefix = "outside-";
constexpr std::string_view between_prefix = "between-";
constexpr std::string_view holders_prefix = "holders-";
constexpr std::string_view tls_prefix = "tls-";
constexpr auto clock_difference = minutes(5);  ///< of two gateways, and some
constexpr JsonLimits holders_limits{.max_bytes = 128u << 20};

fs::path file_of(const fs::path& directory, std::string_view prefix, std::string_view fingerprint,
                 std::string_view ending = ".pem") {
  return directory / fmt::format("{}{}{}", prefix, fingerprint, ending);
}

std::optional<std::string> read_whole(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::vector<std::string> texts_of(const fs::path& directory, std::string_view prefix) {
  std::vector<std::string> texts;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed))
    if (entry.path().filename().string().starts_with(prefix))
      if (auto text = read_whole(entry.path())) texts.push_back(std::move(*text));
  return texts;
}

/// Of an outside authority what comes with the certificate is kept too.
std::string chain_text(const std::string& pem) {
  const auto chain = trust::chain_from_pem(pem);
  if (!chain) {
    const auto certificate = trust::certificate_from_pem(pem);
    return certificate ? certificate->pem : "";
  }
  std::string text;
  for (const trust::Certificate& each : *chain) text += each.pem;
  return text;
}

// ------------------------------------------------------------------------------ seals' holders

struct KeptHolders {
  fs::path file;
  HoldersStatement said;
};

/// In the order in which they were issued.
std::vector<KeptHolders> kept_holders(const fs::path& directory) {
  std::vector<KeptHolders> kept;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed)) {
    if (!entry.path().filename().string().starts_with(holders_prefix)) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string text(2048, '\0');  // the statement comes first
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    text.resize(std::min(text.find("\n\n"), text.size() - 1) + 1);
    if (auto said = read_holders_statement(text)) kept.push_back({entry.path(), std::move(*said)});
  }
  std::ranges::sort(kept, {}, [](const KeptHolders& each) { return each.said.version; });
  return kept;
}

/// The statement, an empty line, and JSON: signature, key, and each member with a certificate.
std::string write_kept(const SealHolders& holders, const std::vector<SealHolder>& all) {
  JsonArray list;
  for (const SealHolder& holder : all)
    list.push_back(JsonArray{holder.member, hex_encode(holder.certificate)});
  return holders.statement + "\n" +
         write_json(JsonObject{{"signature", base64url_encode(holders.signature)},
                               {"key", holders.signed_by.pem()},
                               {"holders", std::move(list)}});
}

std::optional<std::pair<SealHolders, std::vector<SealHolder>>> read_kept(const fs::path& file) {
  const auto text = read_whole(file);
  if (!text) return std::nullopt;
  const std::size_t end = text->find("\n\n");
  if (end == text->npos) return std::nullopt;
  const auto json = parse_json(std::string_view(*text).substr(end + 2), holders_limits);
  if (!json) return std::nullopt;
  const auto signature = base64url_decode(string_or(*json, "signature"));
  auto key = trust::VerifyKey::from_pem(string_or(*json, "key"));
  const Json* list = find(*json, "holders");
  if (!signature || !key || list == nullptr || !list->is_array()) return std::nullopt;
  std::vector<SealHolder> all;
  for (const Json& each : list->as_array()) {
    if (!each.is_array() || each.as_array().size() != 2) return std::nullopt;
    const Json &member = each.as_array()[0], &certificate = each.as_array()[1];
    if (!member.is_string() || !certificate.is_string()) return std::nullopt;
    const auto digest = hex_decode(std::string_view(certificate.as_string()));
    if (!digest || digest->size() != sizeof(Sha256)) return std::nullopt;
    SealHolder holder{std::string(member.as_string()), {}};
    std::ranges::copy(*digest, holder.certificate.begin());
    all.push_back(std::move(holder));
  }
  return std::pair(SealHolders{text->substr(0, end + 1), *signature, std::move(*key)},
                   std::move(all));
}

}  // namespace

Result<std::unique_ptr<CertificateArchive>> CertificateArchive::open(fs::path directory) {
  std::error_code failed;
  fs::create_directories(directory, failed);
  if (failed)
    return fail(Kind::unavailable, "cannot_write_file", failed.message(), directory.string());
  std::unique_ptr<CertificateArchive> made(new CertificateArchive(std::move(directory)));
  made->forget_tls_answers();
  return made;
}

/// The longest untouched first: peers change their certificates, and nobody asks about old ones.
void CertificateArchive::forget_tls_answers() const {
  std::vector<std::pair<fs::file_time_type, fs::path>> all;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory_, failed))
    if (entry.path().filename().string().starts_with(tls_prefix))
      all.emplace_back(entry.last_write_time(failed), entry.path());
  if (all.size() <= max_tls_answers) return;
  std::ranges::sort(all);
  for (const auto& [time, file] : std::span(all).first(all.size() - max_tls_answers))
    fs::remove(file, failed);
}

// ------------------------------------------------------------------------------------ keeping

Result<void> CertificateArchive::keep(const Configuration& configuration,
                                      const std::optional<SealHolders>& holders) {
  const std::scoped_lock lock(mutex_);
  for (const std::string& anchor : configuration.trust_anchors)
    MINBEN_CHECK(keep(root_prefix, anchor));
  for (const OutsideAuthority& authority : configuration.authorities) {
    if (!authority.for_seals) continue;
    MINBEN_CHECK(keep(outside_prefix, authority.root));
    for (const std::string& intermediate : authority.intermediates)
      MINBEN_CHECK(keep(between_prefix, intermediate));
  }
  for (const Member& member : configuration.members)
    for (const GatewayEntry& gateway : member.gateways)
      for (const std::string& pem : gateway.certificates) MINBEN_CHECK(keep("", pem));
  if (holders) MINBEN_CHECK(keep_holders(configuration, *holders));
  return {};
}

Result<void> CertificateArchive::keep(std::string_view prefix, const std::string& pem) {
  const bool is_authority = prefix == outside_prefix || prefix == between_prefix;
  const auto certificate =
      is_authority ? trust::authority_from_pem(pem) : trust::certificate_from_pem(pem);
  if (!certificate) return {};
  const fs::path file = file_of(directory_, prefix, hex_encode(sha256(certificate->der)));
  std::error_code ignored;
  if (fs::exists(file, ignored)) return {};
  return trust::write_secret_file(file, prefix.empty() ? chain_text(pem) : certificate->pem);
}

/// The one before is not needed any more when the one before that is of the same certificates and
/// had not run out yet: at every moment one that counted is there.
Result<void> CertificateArchive::keep_holders(const Configuration& configuration,
                                              const SealHolders& holders) {
  MINBEN_TRY(said, read_holders_statement(holders.statement));
  const fs::path file =
      file_of(directory_, holders_prefix, fmt::format("{}", said.version), ".json");
  std::error_code ignored;
  if (fs::exists(file, ignored)) return {};
  const auto kept = kept_holders(directory_);
  MINBEN_CHECK(trust::write_secret_file(file, write_kept(holders, seal_holders(configuration))));
  if (kept.size() < 2) return {};
  const KeptHolders &last = kept.back(), &before = kept[kept.size() - 2];
  if (last.said.root == said.root && before.said.root == said.root &&
      before.said.expires_at >= said.issued_at)
    fs::remove(last.file, ignored);
  return {};
}

Result<void> CertificateArchive::keep_answer(CertificateUse use, std::string_view fingerprint,
                                             trust::Octets answer) {
  const std::scoped_lock lock(mutex_);
  const auto prefix = use == CertificateUse::tls ? tls_prefix : std::string_view();
  return trust::write_secret_file(file_of(directory_, prefix, fingerprint, ".ocsp.der"),
                                  as_text(answer));
}

Result<void> CertificateArchive::keep_list(std::string_view issuer, std::string_view pem) {
  const std::scoped_lock lock(mutex_);
  return trust::write_secret_file(file_of(directory_, "list-", issuer), pem);
}

// ------------------------------------------------------------------------------------ finding

std::optional<Bytes> CertificateArchive::answer(CertificateUse use,
                                                std::string_view fingerprint) const {
  const auto prefix = use == CertificateUse::tls ? tls_prefix : std::string_view();
  const auto text = read_whole(file_of(directory_, prefix, fingerprint, ".ocsp.der"));
  if (!text || text->size() > trust::max_ocsp_response) return std::nullopt;
  const auto bytes = as_bytes(*text);
  return Bytes(bytes.begin(), bytes.end());
}

std::optional<std::string> CertificateArchive::list(std::string_view issuer) const {
  auto text = read_whole(file_of(directory_, "list-", issuer));
  if (text && text->size() > trust::max_revocation_list) text.reset();
  return text;
}

std::optional<HolderProof> CertificateArchive::holder(const Sha256& fingerprint, Instant at) const {
  const std::scoped_lock lock(mutex_);
  auto kept = kept_holders(directory_);
  std::ranges::reverse(kept);
  for (const KeptHolders& each : kept) {
    if (at + clock_difference < each.said.issued_at || at >= each.said.expires_at) continue;
    const auto read = read_kept(each.file);
    if (!read) continue;
    if (auto proof = prove_holder(read->first, read->second, fingerprint)) return proof;
  }
  return std::nullopt;
}

Result<SealCertificate> CertificateArchive::find(const Sha256& fingerprint, Instant at) const {
  const std::string name = hex_encode(fingerprint);
  const auto unknown = [&](std::string_view why) {
    return fail(Kind::not_found, "unknown_certificate", why, name);
  };
  const auto text = read_whole(file_of(directory_, "", name));
  const auto chain = trust::chain_from_pem(text.value_or(""));
  if (!chain || sha256(chain->front().der) != fingerprint)
    return unknown("no configuration named it");
  const trust::Certificate& certificate = chain->front();
  for (const std::string& pem : texts_of(directory_, root_prefix))
    if (const auto root = trust::certificate_from_pem(pem))
      if (trust::check_certificate(certificate.der, *root, at))
        return SealCertificate{certificate, {*root}};

  const std::vector<std::string> between = texts_of(directory_, between_prefix);
  std::vector<trust::Anchor> anchors;
  for (const std::string& root : texts_of(directory_, outside_prefix))
    anchors.push_back({.root = root, .intermediates = between, .outside = true});
  MINBEN_TRY(validator, trust::PathValidator::make(anchors, {}));
  auto path = validator.path(*chain, at, trust::Usage::seal);
  if (!path) return unknown("no root vouches for it at that time");
  SealCertificate found{certificate, std::move(path->issuers)};
  found.holder = holder(fingerprint, at);
  if (!found.holder) return unknown("no configuration of that time is kept that says whose it is");
  found.ocsp = answer(CertificateUse::seal, name);
  for (const trust::Certificate& issuer : found.issuers)
    if (auto list = this->list(hex_encode(sha256(issuer.der))))
      found.lists.push_back(std::move(*list));
  return found;
}

}  // namespace minben::exchange
