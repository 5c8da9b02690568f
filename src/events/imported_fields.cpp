#include "events/imported_fields.hpp"

#include <algorithm>

#include "base/digest.hpp"

namespace threatatlas::events {

FieldDigest field_digest(std::string_view value) {
    FieldDigest digest{};
    if (!value.empty()) {
        const base::Digest whole = base::sha256(value);
        std::copy_n(whole.begin(), digest.size(), digest.begin());
    }
    return digest;
}

}  // namespace threatatlas::events
