module interop-openapi-generator

go 1.25.0

require interop v0.0.0

replace interop => ../go
