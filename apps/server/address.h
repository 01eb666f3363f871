// Where the server listens, and under which names it may be asked.
#ifndef HASHLENS_APPS_SERVER_ADDRESS_H_
#define HASHLENS_APPS_SERVER_ADDRESS_H_

#include <string>
#include <string_view>
#include <vector>

#include "hashlens/status.h"

namespace hashlens {

struct Address {
  std::string host;  // without brackets
  int port = 0;
  bool loopback = false;  // of this machine alone
};

// "127.0.0.1:8080", "[::1]:8080", "localhost:0". kInvalidArgument.
Result<Address> ParseAddress(const std::string& text);
// "http://[::1]:8080"
std::string UrlOf(const Address& address);

// Whether the header Host names this machine, or one of `names`; whatever the port. Other names
// are those of web sites that had themselves resolved to this machine (DNS rebinding).
bool IsOwnHost(std::string_view header, const std::vector<std::string>& names);

// Whether a browser says by Origin ("": it says nothing) that a page of another site asks.
bool IsForeign(std::string_view origin, std::string_view host);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_ADDRESS_H_
