#include "profile.hpp"

namespace minben::registry {

namespace {

std::unexpected<Error> refuse(std::string_view code, std::string_view why,
                              const trust::CertificateInfo& info) {
  return fail(Kind::forbidden, code, why, info.subject);
}

bool has_all(const std::vector<std::string>& wanted, const std::vector<std::string>& there) {
  return std::ranges::all_of(wanted, [&](const std::string& name) {
    return std::ranges::any_of(
        there, [&](const std::string& each) { return to_lower_ascii(each) == name; });
  });
}

}  // namespace

Result<trust::CertificateInfo> check_profile(trust::Octets der, trust::Usage usage,
                                             const trust::CertificateRequest& names) {
  MINBEN_TRY(info, trust::read_certificate(der));
  MINBEN_TRY(key, trust::certificate_key(der));
  if (key.type() != trust::KeyType::p256)
    return refuse("certificate_other_key_type", "a P-256 key is needed", info);
  if (info.authority)
    return refuse("certificate_is_authority", "it may issue certificates itself", info);
  if (!info.member.empty() && info.member != names.member)
    return refuse("certificate_other_member", "it names the member " + info.member, info);
  if (usage == trust::Usage::seal) {
    if (!info.for_seals)
      return refuse("certificate_other_usage", "keyUsage nonRepudiation is missing", info);
    if (info.for_server || info.for_client)
      return refuse("certificate_other_usage", "a key of seals is no key of TLS", info);
    return info;
  }
  if (!info.for_server || !info.for_client)
    return refuse("certificate_other_usage",
                  "extendedKeyUsage needs both serverAuth and clientAuth", info);
  if (!has_all(names.dns_names, info.dns_names) || !has_all(names.ip_addresses, info.ip_addresses))
    return refuse("certificate_other_host",
                  "the host of the gateway's address is not among its alternative names", info);
  return info;
}

}  // namespace minben::registry
