// pulumi-resource-openstack is the Terraform OpenStack provider, bridged: the plugin that @pulumi/openstack 3.15.2
// asks the engine for, with the resources and data sources that the program uses under the npm package's own tokens.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

const (
	name    = "openstack"
	version = "3.15.2" // of the npm package; go.mod pins the Terraform provider that this version bridges
)

// token is where the npm package keeps a resource (Port) or a data source (getPort): in which module, by which name.
type token struct{ module, member string }

var resources = map[string]token{
	"openstack_compute_instance_v2":                {"compute", "Instance"},
	"openstack_compute_interface_attach_v2":        {"compute", "InterfaceAttach"},
	"openstack_compute_keypair_v2":                 {"compute", "Keypair"},
	"openstack_compute_servergroup_v2":             {"compute", "ServerGroup"},
	"openstack_networking_floatingip_associate_v2": {"networking", "FloatingIpAssociate"},
	"openstack_networking_floatingip_v2":           {"networking", "FloatingIp"},
	"openstack_networking_network_v2":              {"networking", "Network"},
	"openstack_networking_port_v2":                 {"networking", "Port"},
	"openstack_networking_router_interface_v2":     {"networking", "RouterInterface"},
	"openstack_networking_router_v2":               {"networking", "Router"},
	"openstack_networking_secgroup_rule_v2":        {"networking", "SecGroupRule"},
	"openstack_networking_secgroup_v2":             {"networking", "SecGroup"},
	"openstack_networking_subnet_v2":               {"networking", "Subnet"},
}

var dataSources = map[string]token{
	"openstack_compute_flavor_v2":      {"compute", "getFlavor"},
	"openstack_compute_keypair_v2":     {"compute", "getKeypair"},
	"openstack_images_image_v2":        {"images", "getImage"},
	"openstack_networking_network_v2":  {"networking", "getNetwork"},
	"openstack_networking_port_v2":     {"networking", "getPort"},
	"openstack_networking_router_v2":   {"networking", "getRouter"},
	"openstack_networking_secgroup_v2": {"networking", "getSecGroup"},
	"openstack_networking_subnet_v2":   {"networking", "getSubnet"},
}

// properties that the npm package calls otherwise than the bridge would by itself, by resource and Terraform's name. The
// two of a subnet would else share one name, and the deprecated one would win.
var properties = map[string]map[string]*tfbridge.SchemaInfo{
	"openstack_networking_subnet_v2": {
		"allocation_pool":  {Name: "allocationPools"},
		"allocation_pools": {Name: "allocationPoolsCollection"},
	},
}

// provider maps what the tables above list and declares everything else of the Terraform provider unmapped.
func provider() tfbridge.ProviderInfo {
	terraform := openstack.Provider()
	// Deprecated, and set by its own default: the warning says nothing to users who have no load balancers.
	terraform.Schema["use_octavia"].Deprecated = ""
	info := tfbridge.ProviderInfo{
		P:           shimv2.NewProvider(terraform),
		Name:        name,
		Version:     version,
		Resources:   map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{},
	}
	for terraformType := range terraform.ResourcesMap {
		if t, used := resources[terraformType]; used {
			info.Resources[terraformType] = &tfbridge.ResourceInfo{
				Tok:    tfbridge.MakeResource(name, t.module, t.member),
				Fields: properties[terraformType],
			}
		} else {
			info.IgnoreMappings = append(info.IgnoreMappings, terraformType)
		}
	}
	for terraformType := range terraform.DataSourcesMap {
		if t, used := dataSources[terraformType]; used {
			info.DataSources[terraformType] = &tfbridge.DataSourceInfo{Tok: tfbridge.MakeDataSource(name, t.module, t.member)}
		} else {
			info.IgnoreMappings = append(info.IgnoreMappings, terraformType)
		}
	}
	// Security groups, server groups and key pairs must have a name: the resource's own with a random tail, as upstream.
	info.SetAutonaming(255, "-")
	return info
}

func main() {
	// The engine asks a plugin's schema for nothing but these two; the npm package carries the types.
	schema, err := json.Marshal(map[string]string{"name": name, "version": version})
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	tfbridge.Main(name, version, provider(), schema)
}
