#include "view.hpp"

#include <spdlog/spdlog.h>

namespace minben::gateway {

namespace {

/// What is not in force now may be so later: the seal's time tells.
Result<Signer> read_signer(const trust::PathValidator& validator, const std::string& pem,
                           Instant now) {
  MINBEN_TRY(certificate, trust::certificate_from_pem(pem));
  MINBEN_TRY(info, trust::read_certificate(certificate.der));
  if (const auto good = validator.check(certificate.der, now, trust::Usage::seal); !good) {
    const std::string& code = good.error().code;
    if (code != "certificate_expired" && code != "certificate_not_yet_valid")
      return std::unexpected(good.error());
  }
  MINBEN_TRY(verifier, SealVerifier::make(certificate));
  return Signer{std::move(verifier), info.not_before, info.not_after};
}

std::unexpected<Error> refuse(std::string_view code, std::string_view why) {
  return fail(Kind::unauthorised, code, why);
}

}  // namespace

const Signer* View::signer(std::string_view member,
                           const std::array<std::uint8_t, 32>& fingerprint) const {
  const auto found = signers.find(member);
  if (found == signers.end()) return nullptr;
  for (const Signer& signer : found->second)
    if (signer.verifier.fingerprint() == fingerprint) return &signer;
  return nullptr;
}

Result<std::string> check_peer(const View& view, std::string_view certificate_der,
                               trust::Usage usage, Instant now) {
  MINBEN_TRY(info, view.validator.check(as_bytes(certificate_der), now, usage));
  return info.member;
}

Result<std::shared_ptr<const View>> make_view(Configuration configuration, Instant now) {
  MINBEN_TRY(validator, trust::PathValidator::make(configuration.trust_anchors,
                                                   configuration.revocation_lists));
  auto view = std::make_shared<View>(
      std::make_shared<const Configuration>(std::move(configuration)), std::move(validator));
  for (const Member& member : view->configuration.members)
    for (const GatewayEntry& gateway : member.gateways)
      for (const std::string& pem : gateway.certificates) {
        if (auto signer = read_signer(view->validator, pem, now)) {
          view->signers[member.code.value].push_back(std::move(*signer));
        } else {
          spdlog::warn("a certificate of {}/{} is left out: {}", member.code.value, gateway.name,
                       describe(signer.error()));
        }
      }
  return view;
}

Result<Seal> check_seal(const View& view, std::string_view member, std::string_view seal,
                        const ledger::Hash& leaf) {
  auto read = read_seal(seal);
  if (!read) return refuse("signature_invalid", read.error().detail);
  const Signer* signer = view.signer(member, read->certificate);
  if (!signer) return refuse("certificate_unknown", "no certificate of this member");
  if (read->at >= signer->not_after) return refuse("certificate_expired", "of the seal");
  if (read->at < signer->not_before) return refuse("certificate_not_yet_valid", "of the seal");
  if (!signer->verifier.verify(*read, leaf))
    return refuse("signature_invalid", "altered, or sealed by somebody else");
  return read;
}

}  // namespace minben::gateway
