#pragma once
// Private: the job that writes to data stewards.
#include "impl.hpp"

namespace minben::quality {

inline constexpr std::string_view mail_job = "quality.mail";

/// One mail to each data steward of the job's agency, with what waits for it.
Result<void> send_mails(const Quality::Impl& house, Transaction& tx,
                        const identity::Identity& identity, const identity::Mailer& mailer,
                        const store::Job& job);

}  // namespace minben::quality
