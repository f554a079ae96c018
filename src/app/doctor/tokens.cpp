// Keys in PKCS #11 tokens.
#include <array>

#include <fmt/format.h>

#include "doctor.hpp"

namespace minben::app::doctor {

namespace {

struct Advice {
  std::string_view code;
  std::string_view what;
  std::string_view remedy;
};

constexpr std::array advices{
    Advice{"token_module", "The token's driver cannot be loaded.",
           "Look whether module-path is the right file, whether its package is installed, and "
           "whether this user may read the driver's own configuration."},
    Advice{"token_missing", "The driver shows no token, or several, that the URI fits.",
           "Is the token plugged in, or its server reachable? `p11-kit list-tokens`, or the "
           "driver's own tool, shows names for token= and serial=."},
    Advice{"token_key_missing", "The token is there, but no key of that name is in it.",
           "Compare object= and id= with the token's own tool; `minben gateway init` with the same "
           "--tls-key and --seal-key makes a new key, which needs a new certificate."},
    Advice{"token_key_ambiguous", "Several keys in the token fit the URI.",
           "Name the key by id= as well, or remove what is not used any more."},
    Advice{"token_key_without_public", "The key's public half is not in the token.",
           "Put the public key beside it under the same object name and id."},
    Advice{"wrong_key_type", "The key in the token is not of P-256.",
           "Make one on prime256v1: `minben gateway init` does."},
    Advice{"pin_incorrect", "The token refuses the PIN in the file.",
           "Write the right PIN into the file; it is not tried again before the file changes, so "
           "that the token does not lock itself."},
    Advice{"pin_locked", "The token has locked itself after too many wrong PINs.",
           "Its security officer unlocks it; then write the right PIN into the file."},
    Advice{"cannot_read_file", "The file with the PIN cannot be read.",
           "Look whether pin-source names the right file and whether the gateway's user owns it."},
    Advice{"file_too_open", "Others on this machine can read the file with the PIN.",
           "chmod 600 for it; if strangers use this machine, change the PIN."},
};

}  // namespace

Finding check_token_key(const trust::KeyPlace& place) {
  const std::string name = place.text();
  const auto key = place.open();
  if (key) return fine(name, "P-256 key in a token, and it can be used");
  const Error& error = key.error();
  for (const Advice& advice : advices)
    if (advice.code == error.code)
      return fault(error.code, name, fmt::format("{} ({})", advice.what, describe(error)),
                   advice.remedy);
  return fault(error.code, name, fmt::format("The token failed ({}).", describe(error)),
               "Look whether it is plugged in or its server runs, then start this again; the "
               "gateway itself looks again every second.");
}

}  // namespace minben::app::doctor
