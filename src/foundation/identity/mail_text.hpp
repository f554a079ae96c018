#pragma once
#include "identity.hpp"

namespace minben::identity {

/// The mail that carries a sign-in code.
OutgoingMail code_mail(std::string_view to, std::string_view platform, std::string_view code,
                       minutes lifetime, Language language);

struct Platform {
  std::string name;
  std::string address;  ///< "https://minben.example", "" when there is none
};

/// What happened to a recovery.
enum class RecoveryNews { started, soon, stopped };
OutgoingMail recovery_mail(std::string_view to, const Platform& platform, const Recovery& recovery,
                           RecoveryNews news, Language language);
/// One new passkey took the place of all the others.
OutgoingMail replaced_mail(std::string_view to, std::string_view platform, Language language);
/// One more way to sign in was bound to the account.
OutgoingMail bound_mail(std::string_view to, std::string_view platform, Language language);
/// Somebody signed in on a device that was not used before.
OutgoingMail new_device_mail(std::string_view to, std::string_view platform, const Device& device,
                             Instant at, Language language);
/// Ways to sign in were removed with a lost device.
OutgoingMail lost_mail(std::string_view to, std::string_view platform, Language language);
/// The account was closed by mistake, and is open again.
OutgoingMail opened_mail(std::string_view to, std::string_view platform, Language language);
/// Too many wrong answers about the person's documents.
OutgoingMail locked_mail(std::string_view to, std::string_view platform, Language language);
/// To the earlier address: the account has another one now.
OutgoingMail address_mail(std::string_view to, std::string_view platform, Language language);
struct Mandated {
  std::string principal, holder;  ///< names
};
/// The holder may act for the principal from now on, or no longer.
OutgoingMail mandate_mail(std::string_view to, std::string_view platform, const Mandated& names,
                          bool ended, Language language);
/// `lead` let the officer enrol anew.
OutgoingMail enrolment_mail(std::string_view to, std::string_view platform, std::string_view lead,
                            Instant expires_at, Language language);

}  // namespace minben::identity
