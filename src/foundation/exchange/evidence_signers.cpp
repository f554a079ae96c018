#include "evidence_signers.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "handover.hpp"
#include "trust/ocsp.hpp"
#include "trust/revocation.hpp"

namespace minben::exchange {

namespace {

constexpr std::size_t max_lists = 64;  ///< of revoked certificates
constexpr auto clock_difference = minutes(5);

std::unexpected<Error> at_part(const std::string& part, const Error& cause) {
  return fail(cause.kind, cause.code, cause.detail, part);
}

/// One each; nothing when there is anything else.
std::optional<std::vector<std::string>> revocation_lists_in(std::string_view pem) {
  constexpr std::string_view begin = "-----BEGIN X509 CRL-----", end = "-----END X509 CRL-----\n";
  std::vector<std::string> lists;
  while (!pem.empty()) {
    const std::size_t length = pem.find(end);
    if (!pem.starts_with(begin) || length == pem.npos || lists.size() == max_lists)
      return std::nullopt;
    lists.emplace_back(pem.substr(0, length + end.size()));
    pem.remove_prefix(length + end.size());
  }
  return lists;
}

Result<trust::PathValidator> outside_validator(const std::vector<std::string>& roots) {
  std::vector<trust::Anchor> anchors;
  for (const std::string& root : roots) anchors.push_back({.root = root, .outside = true});
  auto made = trust::PathValidator::make(anchors, {});
  if (made) return made;
  return fail(Kind::invalid, "untrusted_root", describe(made.error()));
}

/// Revoked before the signature is the end of it; later is for others to judge.
Result<void> weigh(const trust::Revoked& revoked, Instant at, EvidenceSigner& signer) {
  if (revoked.at <= at)
    return fail(
        Kind::forbidden, "certificate_revoked",
        fmt::format("{} since {}", trust::to_string(revoked.reason), minben::to_string(revoked.at)),
        signer.certificate.subject);
  signer.revoked_later = revoked;
  signer.revocation_known = true;
  return {};
}

}  // namespace

Result<EvidenceSigners> EvidenceSigners::make(const EvidenceTrust& trust, Part part,
                                              const std::function<void(const Error&)>& fault) {
  auto own = trust::PathValidator::make(trust.roots, {});
  if (!own && own.error().code == "not_a_certificate")
    return fail(Kind::invalid, "untrusted_root", describe(own.error()));
  if (!own) return std::unexpected(own.error());
  MINBEN_TRY(outside, outside_validator(trust.outside_roots));
  EvidenceSigners made(trust, std::move(part), std::move(*own), std::move(outside));
  MINBEN_CHECK(made.take_lists(fault));
  return made;
}

/// Those of the container beside those that were given.
Result<void> EvidenceSigners::take_lists(const std::function<void(const Error&)>& fault) {
  std::vector<std::string> of_own;
  const auto take = [&](const std::string& list) -> Result<void> {
    const auto signed_by_root = trust::PathValidator::make(trust_->roots, std::span(&list, 1));
    if (signed_by_root) of_own.push_back(list);
    else if (signed_by_root.error().code != "revocation_list_forged")
      return std::unexpected(signed_by_root.error());
    else if (trust_->outside_roots.empty()) return std::unexpected(signed_by_root.error());
    else lists_.push_back(list);
    return {};
  };
  for (const std::string& list : trust_->revocation_lists) MINBEN_CHECK(take(list));
  if (const auto text = part_(revocation_name)) {
    const auto unreadable = [&](std::string_view why) {
      fault(fail(Kind::invalid, "revocation_unreadable", why, revocation_name).error());
    };
    const auto shown = revocation_lists_in(*text);
    if (!shown) unreadable("not lists of certificates in PEM");
    else
      for (const std::string& list : *shown)
        if (const auto taken = take(list); !taken && taken.error().code != "revocation_list_forged")
          unreadable(taken.error().detail);
  }
  own_lists_ = !of_own.empty();
  MINBEN_TRY(with_lists, trust::PathValidator::make(trust_->roots, of_own));
  own_ = std::move(with_lists);
  return {};
}

Result<EvidenceSigner> EvidenceSigners::check(const std::string& before,
                                              const trust::CadesSignature& signature) const {
  const std::string name = before + std::string(certificates_part);
  const auto shown = trust::certificate_from_pem(part_(name).value_or(""));
  if (!shown) return at_part(name, shown.error());
  if (shown->der != signature.signer.der)
    return fail(Kind::forbidden, "other_certificate",
                "is not the one that the signature was made with", name);
  const bool outside = part_(before + std::string(holder_part)).has_value();
  auto found = outside ? check_outside(before, signature.at) : check_own(shown->der, signature.at);
  if (!found && found.error().field.starts_with(before) && outside) return found;
  return found ? found : at_part(name, found.error());
}

Result<EvidenceSigner> EvidenceSigners::check_own(trust::Octets der, Instant at) const {
  MINBEN_TRY(found, own_.check_at(der, at, trust::Usage::seal));
  return EvidenceSigner{std::move(found.certificate), found.revoked_later, own_lists_};
}

// ------------------------------------------------------------------------- outside authorities

Result<EvidenceSigner> EvidenceSigners::check_outside(const std::string& before, Instant at) const {
  const std::string name = before + std::string(certificates_part);
  const auto chain = trust::chain_from_pem(part_(name).value_or(""));
  if (!chain) return at_part(name, chain.error());
  const auto path = outside_.path(*chain, at, trust::Usage::seal);
  if (!path) return at_part(name, path.error());
  EvidenceSigner signer{path->info, std::nullopt, false};
  MINBEN_TRY(member, holder_of(before, sha256(chain->front().der), at));
  signer.certificate.member = std::move(member);
  if (const auto judged = check_lists(*path, at, signer); !judged)
    return at_part(name, judged.error());
  MINBEN_CHECK(check_answer(before, *path, chain->front().der, at, signer));
  if (signer.revocation_known || !trust_->revocation.hard) return signer;
  return fail(Kind::forbidden, "revocation_unknown",
              "its authority has said nothing that counts at the time of the signature", name);
}

/// A good answer from after the signature tells of the signature's time too, since nothing that was
/// revoked becomes good; but of a certificate that has expired an authority need not know any more.
Result<void> EvidenceSigners::check_answer(const std::string& before, const trust::Path& path,
                                           trust::Octets der, Instant at,
                                           EvidenceSigner& signer) const {
  const std::string name = before + std::string(ocsp_part);
  const auto text = part_(name);
  if (!text) return {};
  const auto answer = trust::read_past_ocsp_response(as_bytes(*text), der, path.issuers.front());
  if (!answer) return at_part(name, answer.error());
  if (answer->revoked) {
    const auto weighed = weigh(*answer->revoked, at, signer);
    return weighed ? Result<void>() : at_part(name, weighed.error());
  }
  const RevocationPolicy& policy = trust_->revocation;
  const Instant until =
      std::min<Instant>(answer->next_update, answer->this_update + policy.freshness_s) +
      policy.grace_s;
  if (at < until && answer->this_update < path.info.not_after) signer.revocation_known = true;
  if (signer.revocation_known || !policy.hard) return {};
  return fail(Kind::forbidden, "ocsp_stale",
              "it is of " + minben::to_string(answer->this_update) + ", the signature of " +
                  minben::to_string(at),
              name);
}

/// Each certificate on the way by the newest list of whoever signed it. Where there is none for an
/// intermediate, nothing is said of it, as between gateways.
Result<void> EvidenceSigners::check_lists(const trust::Path& path, Instant at,
                                          EvidenceSigner& signer) const {
  for (std::size_t i = 0; i < path.issuers.size(); ++i) {
    std::optional<trust::RevocationList> newest;
    for (const std::string& pem : lists_) {
      const auto read = trust::read_revocation_list(pem);
      if (!read || (newest && read->this_update <= newest->this_update)) continue;
      auto good = trust::verify_revocation_list(pem, path.issuers[i], read->this_update);
      if (good) newest = std::move(*good);
    }
    if (!newest) continue;
    const auto revoked = newest->revoked.find(i == 0 ? path.info.serial : path.serials[i - 1]);
    if (revoked != newest->revoked.end()) {
      MINBEN_CHECK(weigh(revoked->second, at, signer));
    } else if (i == 0 && at < newest->next_update + trust_->revocation.grace_s &&
               newest->this_update < path.info.not_after) {
      signer.revocation_known = true;
    }
  }
  return {};
}

/// By the registry's configuration of that time: gateways themselves go by nothing else.
Result<std::string> EvidenceSigners::holder_of(const std::string& before, const Sha256& certificate,
                                               Instant at) const {
  const auto part = [&](std::string_view name) { return part_(before + std::string(name)); };
  const std::string name = before + std::string(holder_part);
  const std::string statement_name = before + std::string(holders_part);
  const auto statement = part(holders_part);
  const auto proven = read_holder_proof(
      part(holder_part).value_or(""), part(holder_path_part).value_or(""), statement.value_or(""));
  if (!proven) return at_part(name, proven.error());
  if (!is_registry_key(*statement, part(holders_signature_part).value_or("")))
    return fail(Kind::forbidden, "holder_forged", "not signed by a registry that is trusted",
                statement_name);
  if (proven->holder.certificate != certificate)
    return fail(Kind::forbidden, "holder_other_certificate", "is about another certificate", name);
  if (at + clock_difference < proven->statement.issued_at || at >= proven->statement.expires_at)
    return fail(Kind::forbidden, "holder_out_of_time",
                fmt::format("of a configuration from {} to {}, and the signature is of {}",
                            minben::to_string(proven->statement.issued_at),
                            minben::to_string(proven->statement.expires_at), minben::to_string(at)),
                statement_name);
  return proven->holder.member;
}

bool EvidenceSigners::is_registry_key(std::string_view statement,
                                      std::string_view signature) const {
  const std::vector<std::string> handovers = handovers_in(part_(handovers_name).value_or(""));
  for (const trust::VerifyKey& given : trust_->registry_keys) {
    std::vector<trust::VerifyKey> keys = successors(given, handovers);
    std::ranges::move(predecessors(given, handovers), std::back_inserter(keys));
    keys.push_back(given);
    for (const trust::VerifyKey& key : keys)
      if (key.verify(as_bytes(statement), as_bytes(signature))) return true;
  }
  return false;
}

}  // namespace minben::exchange
